// What /api/v1/calls and /api/v1/tail can be asked for.
import { filterLanguage, type FilterOf } from '@/base/filter'

const FIELDS = [
  'status', 'error_type', 'model', 'provider', 'service', 'user', 'session', 'environment', 'release', 'feature', 'capture', 'kind', 'stream',
] as const
export type CallField = (typeof FIELDS)[number]
export type CallFilter = FilterOf<CallField>

const TERMS = {
  fields: FIELDS,
  aliases: { env: 'environment', version: 'release', error: 'error_type' },
  choices: { status: ['ok', 'error'], kind: ['llm', 'embedding', 'rerank'], stream: ['true', 'false'] },
} as const

export const CALLS_LANGUAGE = filterLanguage<CallField>(TERMS)

/** The tail shows calls before they are indexed, so their words cannot be searched; and any kind of span, when asked for all. */
export const TAIL_LANGUAGE = filterLanguage<CallField>({ ...TERMS, choices: { status: ['ok', 'error'], stream: ['true', 'false'] }, words: false })

export const CALL_NOTES: Readonly<Record<CallField, string>> = {
  status: 'ok or error', error_type: 'class of the error: rate_limit, timeout …', model: 'requested or answering model', provider: 'openai, anthropic …', service: 'service.name',
  user: 'user id', session: 'session id', environment: 'deployment environment', release: 'version of the pipeline', feature: 'feature of the product',
  capture: 'the door it came through', kind: 'llm, embedding or rerank', stream: 'whether the answer was streamed',
}

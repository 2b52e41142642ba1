// The filter of the trace list.
import { filterLanguage, type FilterOf } from '@/base/filter'

export const FILTER_FIELDS = ['status', 'model', 'service', 'user', 'session', 'environment', 'release', 'kind'] as const
export type FilterField = (typeof FILTER_FIELDS)[number]
export type Filter = FilterOf<FilterField>

export const LANGUAGE = filterLanguage<FilterField>({ fields: FILTER_FIELDS, aliases: { env: 'environment', version: 'release' }, choices: { status: ['ok', 'error'] } })
export const { fromSearch: filterFromSearch, format: formatFilter, parse: parseFilter } = LANGUAGE

export const NOTES: Readonly<Record<FilterField, string>> = {
  status: 'ok or error, of any span', model: 'requested or answering model', service: 'service.name', user: 'user id', session: 'session id',
  environment: 'deployment environment', release: 'version of the pipeline', kind: 'has a span of this kind',
}

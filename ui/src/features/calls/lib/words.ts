// The numbers of a call as the list writes them. Unknown is a dash, a call that used tokens without a known rate is
// unpriced, and neither is ever $0.
import type { CallRow } from '@/api/types'
import { formatUsd } from '@/base/money'

/** Identity of a call among others. */
export const keyOf = (call: CallRow): string => `${call.trace_id}/${call.span_id}`

/** The model that answered; the one asked for where it is not the same. */
export function modelOf(call: CallRow): { name: string | null; asked: string | null } {
  const { request_model: asked, response_model: answered } = call
  if (answered === null) return { name: asked, asked: null }
  // Providers answer with a dated version of the name they were asked for: that is no other model.
  return { name: answered, asked: asked === null || answered.startsWith(asked) ? null : asked }
}

export function costOf(call: CallRow): { text: string; known: boolean } {
  if (call.cost_usd !== null) return { text: formatUsd(call.cost_usd), known: true }
  return { text: call.input_tokens === null && call.output_tokens === null ? '—' : 'unpriced', known: false }
}

/** Tokens a second, as many digits as say something. */
export function speedOf(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '—'
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value))
}

/** What is worth a mark beside the model, and its meaning: nothing on a first attempt that was answered by the model itself. */
export function marksOf(call: CallRow): (readonly [mark: string, meaning: string])[] {
  const marks: (readonly [string, string])[] = []
  if ((call.attempt ?? 0) > 1) marks.push([`#${call.attempt ?? ''}`, `attempt ${call.attempt ?? ''}`])
  if (call.cache_status !== null && !['', 'miss', 'none', 'bypass', 'disabled'].includes(call.cache_status)) marks.push([call.cache_status === 'hit' ? 'cached' : call.cache_status, `cache ${call.cache_status}`])
  return marks
}

export function whoOf(call: CallRow): string {
  return [call.feature, call.user_id].filter((part) => part !== null && part !== '').join(' · ')
}

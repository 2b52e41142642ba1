// The calls that have most of a number. Lists come by time, so a histogram first says above which value enough calls lie;
// those are read, all of them, and put in order here.
import { queryOptions } from '@tanstack/react-query'
import { joinTerms } from '@/base/filter'
import { numberOf } from '@/base/measure'
import { request } from './client'
import type { MetricsAnswer } from './metrics'
import type { CallRow, CallsPage } from './types'
import type { Window } from './useWindow'

export type LargestOf = 'cost_usd' | 'duration' | 'input_tokens'

export interface Largest {
  calls: CallRow[]
  /** Calls that have the number at all. */
  count: number
  /** As many as these were left unread among equals: of them, the newest are here. */
  cut: boolean
}

const PAGE_SIZE = 500
const PAGES_MAX = 4

/** The lower bound of the bucket in which the `wanted`th largest lies, and how many there are in all. */
export function boundOf(histogram: readonly (readonly [number, number, number])[], wanted: number): { bound: number | null; count: number } {
  let [above, bound] = [0, null as number | null]
  for (let at = histogram.length - 1; at >= 0 && above < wanted; at--) {
    const [lower, , count] = histogram[at] ?? [0, 0, 0]
    if (count <= 0) continue
    above += count
    bound = lower
  }
  return { bound, count: histogram.reduce((sum, bucket) => sum + bucket[2], 0) }
}

/** A bound as the filter language writes it, a hair lower: a value on the bound is not to be lost to rounding. */
export function boundTerm(of: LargestOf, bound: number): string {
  const low = bound > 0 ? bound * 0.9999 : bound
  return of === 'duration' ? `duration>=${Math.floor(low)}ns` : of === 'cost_usd' ? `cost_usd>=${low.toFixed(9)}` : `input_tokens>=${Math.floor(low)}`
}

export const sizeOf = (call: CallRow, of: LargestOf): number => numberOf(of === 'cost_usd' ? call.cost_usd : of === 'duration' ? call.duration_ns : call.input_tokens) ?? -1

async function readLargest(project: string, window: Window, filter: string, of: LargestOf, wanted: number, signal: AbortSignal): Promise<Largest> {
  const answer = await request<MetricsAnswer>('/api/v1/query', { project, signal, method: 'POST', body: { ...window, measures: [`histogram(${of})`], ...(filter === '' ? {} : { filter }) } })
  const value = answer.totals.values[0]
  const { bound, count } = boundOf(Array.isArray(value) ? value.map(([lower, upper, n]) => [Number(lower), Number(upper), Number(n)] as const) : [], wanted)
  if (bound === null) return { calls: [], count: 0, cut: false }
  const whole = joinTerms([filter, boundTerm(of, bound)])
  const calls: CallRow[] = []
  let cursor: string | null = null
  for (let page = 0; page < PAGES_MAX; page++) {
    const part: CallsPage = await request<CallsPage>('/api/v1/calls', { project, signal, params: { ...window, filter: whole, limit: PAGE_SIZE, cursor: cursor ?? undefined } })
    calls.push(...part.calls)
    cursor = part.next_cursor
    if (cursor === null) break
  }
  return { calls: calls.sort((a, b) => sizeOf(b, of) - sizeOf(a, of)).slice(0, wanted), count, cut: cursor !== null }
}

export const largestQuery = (project: string, window: Window, filter: string, of: LargestOf, wanted: number) =>
  queryOptions({ queryKey: ['largest', project, window, filter, of, wanted], queryFn: ({ signal }) => readLargest(project, window, filter, of, wanted, signal) })

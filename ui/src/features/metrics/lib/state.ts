// The explorer's question, as its address holds it.
import type { FilterUnit } from '@/api/filter'
import { joinTerms } from '@/base/filter'

export interface ExplorerSearch {
  filter?: string
  unit?: string
  measures?: string
  by?: string
  interval?: string
  view?: string
  top?: string
  compare?: string
  heat?: string
  region?: string
}

export const VIEWS = ['lines', 'stack', 'bars', 'heat'] as const
export type View = (typeof VIEWS)[number]

export const INTERVALS = ['auto', '1m', '5m', '15m', '1h', '1d', 'none'] as const
export const TOPS = [5, 10, 20, 50] as const
export const HEAT_MEASURES = ['duration', 'ttft', 'tpot', 'cost_usd', 'input_tokens', 'output_tokens'] as const
/** More charts than this below each other are a dashboard, not a question. */
/** Of what a heatmap shows: those that have its measure. The others are not on it, so nothing is compared with them. */
export const valuedFilter = (filter: string, measure: string): string => joinTerms([filter, measure !== 'duration' && (HEAT_MEASURES as readonly string[]).includes(measure) ? `has:${measure}` : ''])

export const MEASURES_MAX = 6
export const GROUPINGS_MAX = 2

export interface Explorer {
  unit: FilterUnit
  measures: string[]
  by: string[]
  interval: string
  view: View
  top: number
  compare: boolean
  heat: string
  region: Region | null
}

/** A part of the heatmap, in the units of its axes: ms, and whatever is measured. */
export interface Region {
  fromMs: number
  toMs: number
  low: number
  high: number
}

/** Measures are joined by commas; none has a comma of its own. */
const listed = (text: string | undefined): string[] => [...new Set((text ?? '').split(',').map((part) => part.trim()).filter((part) => part !== ''))]

export function parseRegion(text: string | undefined): Region | null {
  const parts = (text ?? '').split('_').map(Number)
  const [fromMs, toMs, low, high] = parts
  if (parts.length !== 4 || parts.some((part) => !Number.isFinite(part)) || fromMs === undefined || toMs === undefined || low === undefined || high === undefined) return null
  return toMs > fromMs && high > low ? { fromMs, toMs, low, high } : null
}

export const formatRegion = ({ fromMs, toMs, low, high }: Region): string => [Math.round(fromMs), Math.round(toMs), low, high].join('_')

export function explorerOf(search: ExplorerSearch): Explorer {
  const measures = listed(search.measures).slice(0, MEASURES_MAX)
  return {
    unit: search.unit === 'spans' || search.unit === 'traces' ? search.unit : 'calls', measures: measures.length === 0 ? ['count'] : measures, by: listed(search.by).slice(0, GROUPINGS_MAX),
    interval: INTERVALS.find((name) => name === search.interval) ?? 'auto', view: VIEWS.find((name) => name === search.view) ?? 'lines', top: TOPS.find((count) => String(count) === search.top) ?? 10, compare: search.compare !== 'none',
    heat: search.heat !== undefined && /^[\w.]+$/.test(search.heat) ? search.heat : 'duration', region: parseRegion(search.region),
  }
}

const isDuration = (measure: string): boolean => ['duration', 'ttft', 'tpot', 'longest_stall'].includes(measure)

/** The part of a heatmap as a filter: what is inside of the time and of the values. */
export function regionFilter(region: Region, measure: string): string {
  const bound = (value: number): string => (isDuration(measure) ? `${Math.round(value)}ns` : String(Number(value.toPrecision(6))))
  const moment = (ms: number): string => new Date(ms).toISOString()
  return `time>="${moment(region.fromMs)}" time<"${moment(region.toMs)}" ${measure}>=${bound(region.low)} ${measure}<${bound(region.high)}`
}

const NUMBERS = ['duration', 'ttft', 'tpot', 'input_tokens', 'output_tokens', 'cached_input_tokens', 'reasoning_tokens', 'total_tokens', 'cost_usd', 'output_tokens_per_second', 'stall_count', 'retrieval_count', 'retrieval_avg_score'] as const
const WHOLE = ['count', 'error_count', 'error_rate', 'rate', 'cache_hit_rate', 'output_input_ratio', 'unpriced_count', 'refusal_rate', 'tool_success_rate', 'retry_rate', 'fallback_rate', 'guardrail_block_rate', 'users', 'sessions', 'traces'] as const

/** What can be suggested where a measure is typed; formulas of these are measures as well. */
export function knownMeasures(scores: readonly string[]): string[] {
  return [...WHOLE, ...[...NUMBERS, ...scores.map((name) => `score.${name}`)].flatMap((number) => ['avg', 'p50', 'p95', 'p99', 'sum', 'max', 'min', 'p90'].map((kind) => `${kind}(${number})`)), 'sum(cost_usd)/count', 'sum(cost_usd)/traces', 'sum(cost_usd)/users', 'sum(output_tokens)/count']
}

export const DIMENSIONS = ['model', 'request_model', 'provider', 'service', 'environment', 'release', 'feature', 'user', 'session', 'kind', 'operation', 'status', 'error_type', 'http_status', 'finish_reason', 'name', 'tool_name', 'agent_name', 'prompt', 'prompt_version', 'capture', 'stream', 'region', 'service_tier', 'cache_status', 'guardrail_name', 'guardrail_result', 'data_source', 'tag', 'input_length', 'retrieval_size'] as const

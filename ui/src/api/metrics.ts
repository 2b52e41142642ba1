// The metrics API: measures by any dimension and time, what separates a part from the rest, and heatmaps.
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { MetricUnit } from '@/base/measure'
import { parseTime } from '@/base/time'
import { zoneName } from '@/base/zone'
import { request } from './client'
import type { FilterUnit } from './filter'
import { runSql } from './queries'

/** A number, money as a decimal string, a histogram, or unknown. */
export type MetricValue = number | string | null | [lower: number, upper: number, count: number][]

export interface MetricsRequest {
  unit?: FilterUnit
  filter?: string
  from?: string
  to?: string
  measures: readonly string[]
  group_by?: readonly string[]
  interval?: string | null
  top?: number
  order?: string
  compare?: 'previous' | { from: string; to: string } | { filter: string } | null
  exact?: boolean
}

export interface MeasureInfo {
  name: string
  unit: MetricUnit
  source: 'rollup' | 'rows' | 'both'
  /** Relative error a value may have: 0 where it is exact. */
  error: number
}

export interface MetricValues {
  values: MetricValue[]
  compare: MetricValue[] | null
  /** Per measure, per bucket. */
  series: MetricValue[][] | null
  compare_series: MetricValue[][] | null
}

export interface MetricGroup extends MetricValues {
  /** A value of each dimension; empty where the calls say none. */
  key: string[]
  is_other: boolean
}

export interface MetricsAnswer {
  from: string
  to: string
  measures: MeasureInfo[]
  dimensions: string[]
  buckets: string[] | null
  totals: MetricValues
  groups: MetricGroup[]
  group_count: number
  unpriced_calls: number
  compare_unpriced_calls: number | null
  elapsed_ms: number
}

export interface DifferenceAnswer {
  selected_count: number
  other_count: number
  /** One in so many parts of the time was looked at; counts are of these. */
  sampling: number
  selected_sampling: number
  dimensions: {
    dimension: string
    value: string
    selected_share: number
    other_share: number
    selected_count: number
    other_count: number
    score: number
  }[]
  elapsed_ms: number
}

export interface HeatmapAnswer {
  buckets: string[]
  bounds: number[]
  /** Per column of time, per row of value. */
  counts: number[][]
  elapsed_ms: number
}

const without = <T extends object>(body: T): Partial<T> =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined && value !== '' && value !== null && !(Array.isArray(value) && value.length === 0))) as Partial<T>

/** Days, weeks and months are those of the project; where there are none, the question is the same everywhere. */
const zoned = (question: Pick<MetricsRequest, 'interval' | 'compare'>): { time_zone?: string } =>
  zoneName() === 'UTC' || (!question.interval && question.compare !== 'previous') ? {} : { time_zone: zoneName() }

/** Measures that grow with time: half of a bucket has half of them. */
const GROWS = /^(count|error_count|unpriced_count|users|sessions|traces|sum\([^)]*\))$/

const hasSome = (series: MetricValue[][] | null): boolean => series?.some((values) => values.some((value) => value !== null && Number(value) !== 0)) ?? false

/** Leaves out the buckets that the time cuts, where a measure would seem to fall in them; not where all there is lies in these, as when the first calls come. Totals have all of it. */
export function wholeBuckets(answer: MetricsAnswer): MetricsAnswer {
  const starts = answer.buckets?.map(parseTime) ?? []
  if (starts.length < 4 || !answer.measures.some((measure) => GROWS.test(measure.name))) return answer
  const step = (starts[1] ?? 0) - (starts[0] ?? 0)
  const first = (starts[0] ?? 0) < parseTime(answer.from) ? 1 : 0
  const end = (starts.at(-1) ?? 0) + step > parseTime(answer.to) ? starts.length - 1 : starts.length
  if (first === 0 && end === starts.length) return answer
  const cut = (series: MetricValue[][] | null): MetricValue[][] | null => series?.map((values) => values.slice(first, end)) ?? null
  const trim = <T extends MetricValues>(item: T): T => ({ ...item, series: cut(item.series), compare_series: cut(item.compare_series) })
  const totals = trim(answer.totals)
  if (!hasSome(totals.series) && hasSome(answer.totals.series)) return answer
  return { ...answer, buckets: answer.buckets?.slice(first, end) ?? null, totals, groups: answer.groups.map(trim) }
}

type SentAnswer = Omit<MetricsAnswer, 'groups'> & { groups: (Omit<MetricGroup, 'key'> & { key: (string | null)[] })[] }

/** The server says null where a call has no value; among the keys of pages that is the empty text. */
export const withKeys = (answer: SentAnswer): MetricsAnswer => ({
  ...answer, groups: answer.groups.map((group) => ({ ...group, key: group.key.map((part) => part ?? '') })),
})

export const metricsQuery = (project: string, question: MetricsRequest) => {
  const body = without({ ...question, ...zoned(question) })
  return queryOptions({
    queryKey: ['metrics', project, body],
    queryFn: async ({ signal }) => withKeys(await request<SentAnswer>('/api/v1/query', { project, signal, method: 'POST', body })),
    placeholderData: keepPreviousData,
    select: wholeBuckets,
  })
}

export interface HeatmapRequest {
  unit: FilterUnit
  filter?: string
  from?: string
  to?: string
  measure: string
  columns: number
  rows: number
}

export const heatmapQuery = (project: string, question: HeatmapRequest) => {
  const body = without(question)
  return queryOptions({
    queryKey: ['heatmap', project, body],
    queryFn: ({ signal }) => request<HeatmapAnswer>('/api/v1/heatmap', { project, signal, method: 'POST', body }),
    placeholderData: keepPreviousData,
  })
}

export interface DifferenceRequest {
  unit: FilterUnit
  filter?: string
  from?: string
  to?: string
  selection: string
}

export const differenceQuery = (project: string, question: DifferenceRequest) => {
  const body = without(question)
  return queryOptions({
    queryKey: ['difference', project, body],
    queryFn: ({ signal }) => request<DifferenceAnswer>('/api/v1/difference', { project, signal, method: 'POST', body }),
  })
}

/** The names of numeric scores, most frequent first. */
export const scoreNamesQuery = (project: string) =>
  queryOptions({
    queryKey: ['score-names', project],
    queryFn: async ({ signal }): Promise<string[]> => {
      const answer = await runSql(project, 'SELECT name FROM scores WHERE value IS NOT NULL GROUP BY name ORDER BY count() DESC LIMIT 20', signal)
      return answer.rows.map((row) => String(row[0] ?? '')).filter((name) => name !== '')
    },
    staleTime: 60_000,
  })

/** The running month's sum: so far, and at its end with the band that 95 of 100 ends lie in. */
export interface ForecastAnswer {
  from: string
  to: string
  measure: string
  unit: MetricUnit
  actual: MetricValue
  forecast: MetricValue
  low: MetricValue
  high: MetricValue
  method: string
  days_used: number
}

export const forecastQuery = (project: string, measure: string, filter: string) => {
  const body = without({ measure, filter, ...zoned({ interval: 'month' }) })
  return queryOptions({
    queryKey: ['forecast', project, body],
    queryFn: ({ signal }) => request<ForecastAnswer>('/api/v1/query/forecast', { project, signal, method: 'POST', body }),
    placeholderData: keepPreviousData,
  })
}

export interface WhatIfAnswer {
  provider: string
  model: string
  calls: number
  unpriced_calls: number
  what_if_unpriced_calls: number
  cost_usd: string
  what_if_cost_usd: string | null
  difference_usd: string | null
  models: { provider: string; model: string; calls: number; cost_usd: string; what_if_cost_usd: string }[]
  note: string
}

export const whatIfQuery = (project: string, question: { provider: string; model: string; filter?: string; from?: string; to?: string }) => {
  const body = without(question)
  return queryOptions({
    queryKey: ['what-if', project, body],
    queryFn: ({ signal }) => request<WhatIfAnswer>('/api/v1/query/what-if', { project, signal, method: 'POST', body }),
  })
}

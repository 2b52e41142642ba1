// Releases and prompt versions that first ran within a time: marks on every chart over it.
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { TELLING_COUNT, numberOf } from '@/base/measure'
import { parseTime } from '@/base/time'
import { metricsQuery, type MetricValue, type MetricsAnswer } from './metrics'
import { useScope } from './scope'
import type { Window } from './useWindow'

export interface Arrival {
  kind: 'release' | 'prompt'
  /** Values of the dimensions: the release; the prompt and its version. */
  key: readonly string[]
  label: string
  atMs: number
  count: number
  costPerCall: number | null
  /** Until it began, the period before with it: of all calls, for a prompt of its other versions. */
  costPerCallBefore: number | null
}

const SHOWN_MAX = 12
/** The measure in the middle is the cost of a call. */
const MEASURES = ['count', 'sum(cost_usd)/count'] as const

type Row = Pick<MetricsAnswer['totals'], 'compare' | 'series'>

/** What a call of these rows cost before a bucket of this time, the period before with it; null where too few calls are known to tell. */
function costBefore(rows: readonly Row[], first: number): number | null {
  let [cost, calls] = [0, 0]
  const add = (count: MetricValue | undefined, each: MetricValue | undefined): void => {
    const [n, mean] = [numberOf(count), numberOf(each)]
    if (n === null || mean === null) return
    cost += n * mean
    calls += n
  }
  for (const { compare, series } of rows) {
    add(compare?.[0], compare?.[1])
    for (let at = 0; at < first; at++) add(series?.[0]?.[at], series?.[1]?.[at])
  }
  return calls < TELLING_COUNT ? null : cost / calls
}

/** A group that was not there in the period before, and not from the first bucket on, has begun within. */
export function arrivalsOf(answer: MetricsAnswer, kind: Arrival['kind']): Arrival[] {
  const buckets = answer.buckets ?? []
  return answer.groups.flatMap((group) => {
    const counts: readonly MetricValue[] = group.series?.[0] ?? []
    const first = counts.findIndex((count) => (numberOf(count) ?? 0) > 0)
    const before = numberOf(group.compare?.[0]) ?? 0
    const start = buckets[first]
    if (group.is_other || group.key.every((part) => part === '') || group.key.at(-1) === '' || before > 0 || first <= 0 || start === undefined) return []
    const [name = '', version] = group.key
    return [{
      kind, key: group.key, label: version === undefined ? name : `${name} v${version.replace(/^v/, '')}`, atMs: parseTime(start), count: numberOf(group.values[0]) ?? 0,
      costPerCall: numberOf(group.values[1]), costPerCallBefore: costBefore(version === undefined ? [answer.totals] : answer.groups.filter((item) => item.key[0] === name), first),
    }]
  }).sort((a, b) => a.atMs - b.atMs).slice(0, SHOWN_MAX)
}

export function useArrivals(window: Window | null, filter = ''): readonly Arrival[] {
  const { project } = useScope()
  const common = { ...(window ?? {}), filter, measures: MEASURES, interval: 'auto', compare: 'previous' as const, top: 30, order: 'count' }
  const releases = useQuery({ ...metricsQuery(project, { ...common, group_by: ['release'] }), enabled: window !== null })
  const prompts = useQuery({ ...metricsQuery(project, { ...common, group_by: ['prompt', 'prompt_version'] }), enabled: window !== null })
  return useMemo(
    () => [...(releases.data ? arrivalsOf(releases.data, 'release') : []), ...(prompts.data ? arrivalsOf(prompts.data, 'prompt') : [])].sort((a, b) => a.atMs - b.atMs),
    [releases.data, prompts.data],
  )
}

/** The same as the charts take them. */
export function useMarks(window: Window | null, filter = ''): { atMs: number; label: string }[] {
  const arrivals = useArrivals(window, filter)
  return useMemo(() => arrivals.map(({ atMs, label }) => ({ atMs, label })), [arrivals])
}

// Who moved a total: each group's part of the change. Parts of sums add up exactly; for means, a group's part is its
// weight times its distance from the old mean, now less before, which adds up to the change of the mean.
import { formatRatio, formatValue, isThin, numberOf, type MetricUnit } from '@/base/measure'
import type { MetricGroup, MetricsAnswer } from '@/api/metrics'

export const TABS = ['cost', 'ttft', 'errors', 'quality'] as const
export type Tab = (typeof TABS)[number]

/** Groups smaller than this on both sides move by chance. */
export const MOVER_CALLS_MIN = 30
export const MOVERS_MAX = 12

export interface Mover {
  dimension: string
  value: string
  before: number | null
  now: number | null
  /** Of the whole change: 1 is all of it, below 0 is against it. */
  share: number
  count: number
  also: string
  fresh: boolean
  /** So little happened before in all that no change is better or worse. */
  thin: boolean
}

/** What is asked of each dimension. Without a score one answer serves every other tab, from sums where they are by that dimension; scores are looked up row by row. */
export function moverMeasures(score: string | null): string[] {
  return ['count', 'sum(cost_usd)', 'error_count', 'sum(ttft)', 'avg(ttft)', 'cache_hit_rate', 'sum(cost_usd)/count', 'avg(input_tokens)', ...(score === null ? [] : [`sum(score.${score})`, `avg(score.${score})`])]
}

type Side = readonly unknown[] | null

interface Read {
  value: (side: Side) => number | null
  unit: MetricUnit
  /** Sum and mean of what is averaged; null where the measure is a sum itself. */
  mean: readonly [sum: number, mean: number] | null
}

export function readOf(tab: Tab, names: readonly string[]): Read {
  const at = (name: string): number => names.findIndex((item) => item.startsWith(name))
  const get = (index: number) => (side: Side): number | null => (side === null || index < 0 ? null : numberOf(side[index]))
  if (tab === 'cost') return { value: get(at('sum(cost_usd)')), unit: 'usd', mean: null }
  if (tab === 'errors') return { value: get(at('error_count')), unit: 'count', mean: null }
  const [sum, mean] = tab === 'ttft' ? [at('sum(ttft)'), at('avg(ttft)')] : [at('sum(score.'), at('avg(score.')]
  return { value: get(mean), unit: tab === 'ttft' ? 'ns' : 'score', mean: [sum, mean] }
}

/** How many observations a mean is of: its sum divided by it. */
function weight(side: Side, [sum, mean]: readonly [number, number]): number {
  const [total, average] = side === null ? [null, null] : [numberOf(side[sum]), numberOf(side[mean])]
  return total === null || average === null || average === 0 ? 0 : total / average
}

function partOf(group: MetricGroup, totals: MetricsAnswer['totals'], read: Read): number {
  const [now, before] = [read.value(group.values), read.value(group.compare)]
  if (read.mean === null) return (now ?? 0) - (before ?? 0)
  const [allNow, allBefore] = [weight(totals.values, read.mean), weight(totals.compare, read.mean)]
  const old = read.value(totals.compare) ?? 0
  const part = (value: number | null, n: number, all: number): number => (value === null || all === 0 ? 0 : (n / all) * (value - old))
  return part(now, weight(group.values, read.mean), allNow) - part(before, weight(group.compare, read.mean), allBefore)
}

/** The other thing that changed most in a group, in words: what a reader would look at next. */
export function alsoMoved(tab: Tab, names: readonly string[], group: MetricGroup): string {
  const at = (name: string): [number | null, number | null] => {
    const index = names.indexOf(name)
    return [numberOf(group.compare?.[index]), numberOf(group.values[index])]
  }
  const found: [size: number, words: string][] = []
  const ratio = (name: string, words: string, size: number): void => {
    const [before, now] = at(name)
    if (before !== null && now !== null && Math.abs(now - before) > 0.05) found.push([Math.abs(now - before) * size, `${words} ${formatRatio(before)} → ${formatRatio(now)}`])
  }
  const factor = (name: string, words: string, unit: MetricUnit): void => {
    const [before, now] = at(name)
    if (before !== null && now !== null && before > 0 && Math.abs(now / before - 1) > 0.1) found.push([Math.abs(Math.log(now / before)), `${words} ${formatValue(unit, before)} → ${formatValue(unit, now)}`])
  }
  ratio('cache_hit_rate', 'cache hit', 4)
  factor('count', 'calls', 'count')
  factor('avg(input_tokens)', 'input a call', 'tokens')
  if (tab !== 'cost') factor('sum(cost_usd)/count', 'cost a call', 'usd')
  if (tab !== 'ttft') factor('avg(ttft)', 'first token', 'ns')
  return found.sort((a, b) => b[0] - a[0])[0]?.[1] ?? ''
}

/** Movers of all dimensions, largest part of the change first. Nothing moves where the whole did not. */
export function moversOf(answers: readonly MetricsAnswer[], tab: Tab): Mover[] {
  const movers = answers.flatMap((answer) => {
    const names = answer.measures.map((measure) => measure.name)
    const read = readOf(tab, names)
    const [now, before] = [read.value(answer.totals.values), read.value(answer.totals.compare)]
    const change = (now ?? 0) - (before ?? 0)
    // A dimension of one value says nothing: that value is everything.
    if (now === null || before === null || change === 0 || answer.groups.length < 2) return []
    return answer.groups.filter((group) => !group.is_other && group.key[0] !== undefined).flatMap((group): Mover[] => {
      const [callsNow, callsBefore] = [numberOf(group.values[0]) ?? 0, numberOf(group.compare?.[0]) ?? 0]
      if (Math.max(callsNow, callsBefore) < MOVER_CALLS_MIN) return []
      return [{
        dimension: answer.dimensions[0] ?? '', value: group.key[0] ?? '', before: read.value(group.compare), now: read.value(group.values), share: partOf(group, answer.totals, read) / change,
        count: callsNow, also: alsoMoved(tab, names, group), fresh: callsBefore === 0, thin: isThin(answer.totals.compare?.[0]),
      }]
    })
  })
  return movers.filter((mover) => Math.abs(mover.share) >= 0.02).sort((a, b) => Math.abs(b.share) - Math.abs(a.share)).slice(0, MOVERS_MAX)
}

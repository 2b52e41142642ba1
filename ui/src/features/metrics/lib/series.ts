// The answer to a question as the series of a chart. Pure.
import type { MetricsAnswer } from '@/api/metrics'
import { measureTitle, numberOf } from '@/base/measure'
import { NAMED_SERIES_MAX, OTHER_COLOUR, type Series } from '@/widgets/chart/series'

/** One series for each group, or one of the totals where there are none, of the measure at `index`. */
export function seriesOf(answer: MetricsAnswer, index: number, stacked: boolean, coloursOf: (names: readonly string[]) => string[]): Series[] {
  const numbers = (values: readonly unknown[] | undefined): (number | null)[] => (values ?? []).map(numberOf)
  if (answer.dimensions.length === 0) {
    return [{ name: measureTitle(answer.measures[index]?.name ?? ''), colour: '--s1', values: numbers(answer.totals.series?.[index]), ...(answer.totals.compare_series ? { ghost: numbers(answer.totals.compare_series[index]) } : {}) }]
  }
  const named = answer.groups.filter((group) => !group.is_other)
  const shown = named.slice(0, NAMED_SERIES_MAX)
  const keys = shown.map((group) => group.key.join(' · '))
  const colours = coloursOf(keys)
  const series: Series[] = shown.map((group, at) => ({
    name: group.key.map((part) => part || '(none)').join(' · '), key: keys[at] ?? '', colour: colours[at] ?? OTHER_COLOUR, values: numbers(group.series?.[index]),
    ...(stacked && at === 0 && answer.totals.compare_series ? { ghost: numbers(answer.totals.compare_series[index]) } : {}),
  }))
  if (!stacked) return series
  // What is not drawn by name still belongs to the whole of a stack.
  const rest = [...named.slice(NAMED_SERIES_MAX), ...answer.groups.filter((group) => group.is_other)]
  if (rest.length === 0) return series
  const sums = (answer.buckets ?? []).map((_, bucket) => rest.reduce<number | null>((sum, group) => { const value = numberOf(group.series?.[index]?.[bucket]); return value === null ? sum : (sum ?? 0) + value }, null))
  return [...series, { name: 'other', colour: OTHER_COLOUR, values: sums }]
}

/** Whether there is nothing in this time to ask about: no group, or no row. That a measure is unknown, or 0, says less. */
export function saysNothing(answer: MetricsAnswer): boolean {
  if (answer.dimensions.length > 0) return answer.groups.length === 0
  const count = answer.measures.findIndex((measure) => measure.name === 'count')
  return count >= 0 && [answer.totals.values[count], answer.totals.compare?.[count]].every((value) => (numberOf(value) ?? 0) === 0)
}

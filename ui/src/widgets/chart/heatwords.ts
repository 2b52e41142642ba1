// What a cell, or a region, of a heatmap holds, in words. Pure.
import { formatRatio, formatValue, type MetricUnit } from '@/base/measure'
import { formatMinute } from '@/base/time'
import { plural } from '@/base/tokens'

const SUFFIX: Readonly<Partial<Record<MetricUnit, string>>> = { tokens: ' tok' }

/** `810 ms to 905 ms`, `1.20k to 1.35k tok`. */
export const boundsWords = (unit: MetricUnit, low: number | undefined, high: number | undefined): string => `${formatValue(unit, low)} to ${formatValue(unit, high)}${SUFFIX[unit] ?? ''}`

/** `21 Nov 15:40 – 16:00`: the day stands once. */
export function timeWords(fromMs: number, toMs: number): string {
  const [from, to] = [formatMinute(fromMs), formatMinute(toMs)]
  const day = from.slice(0, from.lastIndexOf(' '))
  return `${from} – ${day !== '' && to.startsWith(`${day} `) ? to.slice(day.length + 1) : to}`
}

/** How much lies in a cell, and what part that is of all at its time. */
export function countWords(column: readonly number[], row: number, noun: string): string {
  const count = column[row] ?? 0
  const all = column.reduce((sum, each) => sum + each, 0)
  return all > count ? `${plural(count, noun)}, ${formatRatio(count / all)} of this time` : plural(count, noun)
}

// An answer as a chart: a column of time against columns of numbers, else a column of words against the first number.
import { numberOf } from '@/base/measure'
import { parseTime } from '@/base/time'
import type { SqlAnswer } from '@/api/types'
import { SERIES_COLOURS } from '@/widgets/chart/colours'
import { NAMED_SERIES_MAX, type Series } from '@/widgets/chart/series'

const isNumber = (type: string): boolean => /^(Nullable\()?(LowCardinality\()?(Nullable\()?(U?Int|Float|Decimal)/.test(type)
const isTime = (type: string): boolean => /^(Nullable\()?(DateTime|Date)/.test(type)
const BARS_MAX = 40

export type SqlChart =
  | { kind: 'time'; times: number[]; series: Series[] }
  | { kind: 'bars'; name: string; measure: string; bars: { name: string; value: number }[]; left: number }

const DIGITS = 6
/** A fraction with as many digits as are read; all of it is said by the cell's title, and in the CSV. */
export const readable = (value: number): string => {
  const size = Math.abs(value)
  return size >= 1e15 || (size > 0 && size < 1e-6) ? value.toPrecision(DIGITS) : String(Number(size >= 10 ** DIGITS ? value.toFixed(0) : value.toPrecision(DIGITS)))
}

/** ClickHouse writes `2026-11-21 01:00:00`; in UTC, like every time of the API. */
const moment = (text: string): number => parseTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : /[Z+]/.test(text) ? text : `${text.replace(' ', 'T')}Z`)

export function chartOf(answer: SqlAnswer): SqlChart | null {
  const numbers = answer.columns.map((column, index) => (isNumber(column.type) ? index : -1)).filter((index) => index >= 0)
  const time = answer.columns.findIndex((column) => isTime(column.type))
  if (answer.rows.length < 2 || numbers.length === 0) return null
  if (time >= 0) {
    const rows = answer.rows.map((row) => ({ at: moment(String(row[time])), row })).filter((item) => !Number.isNaN(item.at)).sort((a, b) => a.at - b.at)
    // Two rows of one moment are groups of a further column: a line through them would zigzag.
    if (rows.length < 2 || rows.some((item, index) => index > 0 && item.at === rows[index - 1]?.at)) return null
    return { kind: 'time', times: rows.map((item) => item.at), series: numbers.slice(0, NAMED_SERIES_MAX).map((index, at) => ({ name: answer.columns[index]?.name ?? '', colour: SERIES_COLOURS[at] ?? '--s6', values: rows.map((item) => numberOf(item.row[index])) })) }
  }
  const words = answer.columns.findIndex((_, index) => !numbers.includes(index))
  const first = numbers[0]
  if (words < 0 || first === undefined) return null
  const bars = answer.rows.map((row) => ({ name: String(row[words] ?? ''), value: numberOf(row[first]) ?? 0 }))
  return { kind: 'bars', name: answer.columns[words]?.name ?? '', measure: answer.columns[first]?.name ?? '', bars: bars.slice(0, BARS_MAX), left: Math.max(0, bars.length - BARS_MAX) }
}

// The data of a chart over time, and the arithmetic of stacking it. Pure.
import type { MetricUnit } from '@/base/measure'

export type Value = number | null

export interface Series {
  name: string
  /** A colour token. */
  colour: string
  values: readonly Value[]
  /** Same times one period earlier (or another side): drawn thin behind. */
  ghost?: readonly Value[]
  key?: string
}

export interface Mark {
  atMs: number
  label: string
}

export interface ChartData {
  /** Starts of the buckets, ascending, in ms. */
  times: readonly number[]
  series: readonly Series[]
  unit: MetricUnit
}

/** So many series are drawn by name; more would not be told apart. */
export const NAMED_SERIES_MAX = 5
export const OTHER_COLOUR = '--s6'

/** Running sums from the first series up. Unknown counts as nothing to stand on, where anything is known at all. */
export function stack(series: readonly Series[]): Value[][] {
  const length = Math.max(0, ...series.map((item) => item.values.length))
  const base = new Float64Array(length)
  const known = Array.from({ length }, (_, at) => series.some((item) => item.values[at] != null))
  return series.map((item) => Array.from({ length }, (_, at) => {
    base[at] = (base[at] ?? 0) + (item.values[at] ?? 0)
    return known[at] ? (base[at] ?? 0) : null
  }))
}

/** The sum of all ghosts; null when no series has one. */
export function ghostTotal(series: readonly Series[]): Value[] | null {
  if (!series.some((item) => item.ghost !== undefined)) return null
  const length = Math.max(0, ...series.map((item) => item.ghost?.length ?? 0))
  return Array.from({ length }, (_, at) => {
    const parts = series.map((item) => item.ghost?.[at] ?? null).filter((value) => value !== null)
    return parts.length === 0 ? null : parts.reduce((sum, value) => sum + value, 0)
  })
}

/** Whether a third or more of a series is unknown, though something is known. */
export function isSparse(values: readonly Value[]): boolean {
  const known = values.filter((value) => value !== null).length
  return known > 0 && (known === 1 || values.length - known >= values.length / 3)
}

/** The bucket in which a time lies; -1 outside. */
export function bucketAt(times: readonly number[], ms: number): number {
  if (times.length === 0 || ms < (times[0] ?? 0)) return -1
  let low = 0
  let high = times.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((times[middle] ?? Infinity) <= ms) low = middle
    else high = middle - 1
  }
  return low
}

/** The width of a bucket in ms: the smallest step, since months differ. */
export function stepOf(times: readonly number[]): number {
  let step = Infinity
  for (let at = 1; at < times.length; at++) step = Math.min(step, (times[at] ?? 0) - (times[at - 1] ?? 0))
  return Number.isFinite(step) ? step : 3_600_000
}

/** What a brush means: whole buckets, at least one. */
export function brushed(times: readonly number[], fromMs: number, toMs: number): [number, number] | null {
  if (times.length === 0) return null
  const step = stepOf(times)
  const first = times[Math.max(0, bucketAt(times, Math.min(fromMs, toMs)))] ?? 0
  const last = times[Math.max(0, bucketAt(times, Math.max(fromMs, toMs)))] ?? first
  return [first, last + step]
}

// The attempts of one call on a common time axis.
import type { CallRow } from '@/api/types'
import { parseTime } from '@/base/time'

export interface AttemptBar {
  call: CallRow
  /** Number as people count them. */
  number: number
  /** ns since the first attempt began. */
  start: number
  length: number
  /** ns between the end of the attempt before and this one; negative where they ran side by side. */
  waited: number
}

export interface AttemptPlan {
  bars: AttemptBar[]
  /** ns from the first start to the last end: what the caller waited. */
  length: number
}

/** Nanoseconds of a moment, of which Date keeps only milliseconds. */
function nanosOf(text: string, origin: number): number {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? ''
  return (parseTime(text) - origin) * 1e6 + Number(fraction.padEnd(9, '0').slice(3, 9))
}

export function planAttempts(calls: readonly CallRow[]): AttemptPlan {
  const origin = Math.min(...calls.map((call) => parseTime(call.start_time)))
  const sorted = [...calls].sort((a, b) => (a.attempt ?? 0) - (b.attempt ?? 0) || nanosOf(a.start_time, origin) - nanosOf(b.start_time, origin))
  const zero = Math.min(...sorted.map((call) => nanosOf(call.start_time, origin)))
  let before = NaN
  const bars = sorted.map((call, index): AttemptBar => {
    const start = nanosOf(call.start_time, origin) - zero
    const bar = { call, number: call.attempt ?? index + 1, start, length: call.duration_ns ?? 0, waited: Number.isNaN(before) ? 0 : start - before }
    before = start + bar.length
    return bar
  })
  return { bars, length: Math.max(1, ...bars.map((bar) => bar.start + bar.length)) }
}

// Whether what is compared with is whole: in a young project the period before may be mostly empty, and then everything rose.
import { numberOf } from '@/base/measure'
import { parseTime } from '@/base/time'
import type { MetricsAnswer } from '@/api/metrics'
import type { Window } from '@/api/useWindow'

/** A quiet night at the beginning is no news. */
const SILENT_MIN = 0.25

/** The time (ms) until which the period before has no call, where that is a good part of it; else null. Calls are the first measure, to the length of a bucket. */
export function silentUntil(answer: MetricsAnswer, window: Window): number | null {
  const calls = answer.totals.compare_series?.[0] ?? []
  const [begin, next] = (answer.buckets ?? []).map(parseTime)
  const first = calls.findIndex((count) => (numberOf(count) ?? 0) > 0)
  if (begin === undefined || next === undefined || first < 0 || first < calls.length * SILENT_MIN) return null
  // The first bucket may begin before the window; so may that of the period before.
  return begin - (parseTime(window.to) - parseTime(window.from)) + first * (next - begin)
}

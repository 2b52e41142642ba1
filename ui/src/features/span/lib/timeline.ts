// Reading a token timeline: where the stream stood still.
import type { Timeline } from '@/api/types'

export interface Stall {
  /** Nanoseconds since the start of the span. */
  from: number
  to: number
}

const STALL_MIN_NS = 250e6
const STALL_MEDIANS = 8

/** Pauses between deltas that are long in themselves and long for this stream: a slow model is not a stalled one. */
export function stallsOf(timeline: Timeline): Stall[] {
  const { offsets_ns: offsets } = timeline
  const gaps = offsets.slice(1).map((ns, index) => ns - (offsets[index] ?? 0))
  const median = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] ?? 0
  const least = Math.max(STALL_MIN_NS, median * STALL_MEDIANS)
  return gaps.flatMap((gap, index) => (gap >= least ? [{ from: offsets[index] ?? 0, to: offsets[index + 1] ?? 0 }] : []))
}

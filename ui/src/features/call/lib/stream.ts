// A token timeline as flat arrays. A *read* is what arrived at one moment: equal neighbouring offsets were delivered
// by one read of the connection and are one mark on the time axis. Built once; all questions are binary searches.
import type { Timeline } from '@/api/types'
import { stallsOf, type Stall } from '@/features/span'

export interface Stream {
  /** Deltas in all. */
  deltas: number
  /** Reads: distinct moments at which something arrived. */
  reads: number
  /** Moment of each read, ns since the start of the call. */
  at: Float64Array
  /** First delta of each read; one entry more, so that read i holds [first[i], first[i + 1]). */
  first: Int32Array
  /** Bytes before each read; one entry more. Where no sizes were recorded each delta counts as one. */
  before: Float64Array
  /** Whether `before` counts bytes. */
  sized: boolean
  stalls: readonly Stall[]
  /** Gaps between reads, ascending. */
  gaps: Float64Array
  /** Median gap between deltas, as stalls are judged by. */
  median: number
  /** Length of the time axis: to the end of the call, or to the last delta where that is later. */
  length: number
  end: number
}

export function buildStream(timeline: Timeline | null, durationNs: number | null): Stream {
  const offsets = timeline?.offsets_ns ?? []
  const count = offsets.length
  const sized = timeline !== null && timeline.sizes.length === count && count > 0
  const at = new Float64Array(count)
  const first = new Int32Array(count + 1)
  const before = new Float64Array(count + 1)
  let reads = 0
  let sum = 0
  for (let i = 0; i < count; i++) {
    const ns = offsets[i] ?? 0
    if (reads === 0 || ns !== at[reads - 1]) {
      at[reads] = ns
      first[reads] = i
      before[reads] = sum
      reads++
    }
    sum += sized ? (timeline.sizes[i] ?? 0) : 1
  }
  first[reads] = count
  before[reads] = sum
  const gaps = new Float64Array(Math.max(0, reads - 1))
  for (let i = 0; i + 1 < reads; i++) gaps[i] = (at[i + 1] ?? 0) - (at[i] ?? 0)
  gaps.sort()
  const between = Float64Array.from({ length: Math.max(0, count - 1) }, (_, i) => (offsets[i + 1] ?? 0) - (offsets[i] ?? 0)).sort()
  const last = reads > 0 ? (at[reads - 1] ?? 0) : 0
  return {
    deltas: count, reads, at: at.subarray(0, reads), first: first.subarray(0, reads + 1), before: before.subarray(0, reads + 1), sized,
    stalls: timeline ? stallsOf(timeline) : [], gaps, median: between[between.length >> 1] ?? NaN,
    length: Math.max(1, durationNs ?? 0, last), end: durationNs ?? last,
  }
}

/** The first read at or after a moment; `reads` when there is none. */
export function readFrom(stream: Stream, ns: number): number {
  let low = 0
  let high = stream.reads
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stream.at[middle] ?? 0) < ns) low = middle + 1
    else high = middle
  }
  return low
}

/** The read nearest to a moment; −1 when there is none at all. */
export function nearestRead(stream: Stream, ns: number): number {
  const next = readFrom(stream, ns)
  if (next === 0) return stream.reads > 0 ? 0 : -1
  if (next === stream.reads) return next - 1
  return ns - (stream.at[next - 1] ?? 0) <= (stream.at[next] ?? 0) - ns ? next - 1 : next
}

export const gapBefore = (stream: Stream, read: number): number => (read > 0 ? (stream.at[read] ?? 0) - (stream.at[read - 1] ?? 0) : NaN)

/** The read that ended a stall: the one that came after the pause. */
export const readAfter = (stream: Stream, stall: Stall): number => readFrom(stream, stall.to)

/** The p-quantile of sorted numbers, by the rule of the measures: the value at place floor(p × n). NaN of none. */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  return sorted.length === 0 ? NaN : (sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? NaN)
}

export interface GapBin {
  from: number
  to: number
  count: number
}

const BINS = 40

/** Gaps on a logarithmic axis; empty when there are too few to say anything. */
export function gapBins({ gaps }: Stream): GapBin[] {
  if (gaps.length < 8) return []
  const low = Math.log10(Math.max(1e4, (gaps[0] ?? 0) * 0.8))
  const high = Math.max(low + 0.5, Math.log10(Math.max(1e5, (gaps.at(-1) ?? 0) * 1.2)))
  const step = (high - low) / BINS
  const bins = Array.from({ length: BINS }, (_, i): GapBin => ({ from: 10 ** (low + i * step), to: 10 ** (low + (i + 1) * step), count: 0 }))
  for (const gap of gaps) {
    const bin = bins[Math.min(BINS - 1, Math.max(0, Math.floor((Math.log10(Math.max(1, gap)) - low) / step)))]
    if (bin) bin.count++
  }
  return bins
}

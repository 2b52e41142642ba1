// Intervals and tests for comparing two sides. Everything is large-sample and says so by refusing small ones.

export interface Sample {
  n: number
  mean: number
  /** Variance of one observation. */
  variance: number
}

export interface Difference {
  value: number
  low: number
  high: number
  /** Two-sided, of "no difference". */
  p: number
}

/** Below this the normal approximation is no good: the answer is that nobody can tell yet. */
export const SAMPLE_MIN = 30
const Z95 = 1.959964

/** Probability that a standard normal is larger in size than |z| (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
export function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
  return Math.min(1, Math.max(0, poly * Math.exp(-x * x)))
}

/** B − A of two means, Welch's standard error. */
export function differenceOfMeans(a: Sample, b: Sample): Difference | null {
  if (a.n < SAMPLE_MIN || b.n < SAMPLE_MIN) return null
  const error = Math.sqrt(a.variance / a.n + b.variance / b.n)
  const value = b.mean - a.mean
  if (!(error > 0)) return { value, low: value, high: value, p: value === 0 ? 1 : 0 }
  return { value, low: value - Z95 * error, high: value + Z95 * error, p: twoSided(value / error) }
}

function wilson(hits: number, n: number): [number, number] {
  const share = hits / n
  const z2 = Z95 * Z95
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n)
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))
  return [middle - half, middle + half]
}

/** B − A of two shares: Newcombe's interval from Wilson's, the pooled test for p. */
export function differenceOfShares(hitsA: number, nA: number, hitsB: number, nB: number): Difference | null {
  if (nA < SAMPLE_MIN || nB < SAMPLE_MIN) return null
  const [a, b] = [hitsA / nA, hitsB / nB]
  const [lowA, highA] = wilson(hitsA, nA)
  const [lowB, highB] = wilson(hitsB, nB)
  const value = b - a
  const pooled = (hitsA + hitsB) / (nA + nB)
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / nA + 1 / nB))
  return {
    value, low: value - Math.sqrt((b - lowB) ** 2 + (highA - a) ** 2), high: value + Math.sqrt((highB - b) ** 2 + (a - lowA) ** 2),
    p: error > 0 ? twoSided(value / error) : 1,
  }
}

/** Buckets `[lower, upper, count]` in ascending order. */
export type Histogram = readonly (readonly [lower: number, upper: number, count: number])[]

export function countOf(histogram: Histogram): number {
  return histogram.reduce((sum, bucket) => sum + bucket[2], 0)
}

const middleOf = (lower: number, upper: number): number => (lower > 0 ? Math.sqrt(lower * upper) : (lower + upper) / 2)

/** Mean and variance as far as buckets tell them. */
export function sampleOf(histogram: Histogram): Sample | null {
  const n = countOf(histogram)
  if (n === 0) return null
  const mean = histogram.reduce((sum, [lower, upper, count]) => sum + middleOf(lower, upper) * count, 0) / n
  const variance = n < 2 ? 0 : histogram.reduce((sum, [lower, upper, count]) => sum + (middleOf(lower, upper) - mean) ** 2 * count, 0) / (n - 1)
  return { n, mean, variance }
}

/** The value below which `share` of a histogram lies, interpolated within its bucket. */
export function quantileOf(histogram: Histogram, share: number): number | null {
  const n = countOf(histogram)
  if (n === 0) return null
  let left = Math.min(1, Math.max(0, share)) * n
  for (const [lower, upper, count] of histogram) {
    if (left <= count && count > 0) return lower + (upper - lower) * (left / count)
    left -= count
  }
  return histogram.at(-1)?.[1] ?? null
}

/** B − A of two quantiles: their errors from the order statistics around them. */
export function differenceOfQuantiles(a: Histogram, b: Histogram, share: number): Difference | null {
  const error = (histogram: Histogram): number | null => {
    const n = countOf(histogram)
    // A quantile near the end needs observations beyond it.
    if (n * Math.min(share, 1 - share) < 5) return null
    const half = Z95 * Math.sqrt((share * (1 - share)) / n)
    const [low, high] = [quantileOf(histogram, share - half), quantileOf(histogram, share + half)]
    return low === null || high === null ? null : (high - low) / (2 * Z95)
  }
  const [valueA, valueB, errorA, errorB] = [quantileOf(a, share), quantileOf(b, share), error(a), error(b)]
  if (valueA === null || valueB === null || errorA === null || errorB === null) return null
  const value = valueB - valueA
  const together = Math.hypot(errorA, errorB)
  return { value, low: value - Z95 * together, high: value + Z95 * together, p: together > 0 ? twoSided(value / together) : value === 0 ? 1 : 0 }
}

/** Holm's correction: which of several tests hold together at the level. Null stays false. */
export function holm(ps: readonly (number | null)[], level = 0.05): boolean[] {
  const order = ps.map((p, index) => [p, index] as const).filter((item): item is readonly [number, number] => item[0] !== null).sort((x, y) => x[0] - y[0])
  const holds = ps.map(() => false)
  for (const [rank, [p, index]] of order.entries()) {
    if (p > level / (order.length - rank)) break
    holds[index] = true
  }
  return holds
}

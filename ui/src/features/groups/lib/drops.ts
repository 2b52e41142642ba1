// Days on which a score fell out of its usual band.

export interface Drop {
  index: number
  value: number
  mean: number
  sigma: number
}

/** With fewer points before it, there is no usual band to fall out of. */
const BEFORE_MIN = 5
const SIGMAS = 2

/** Points more than two standard deviations below the mean of those before them. */
export function dropsOf(values: readonly (number | null)[]): Drop[] {
  const drops: Drop[] = []
  const seen: number[] = []
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    if (seen.length >= BEFORE_MIN) {
      const mean = seen.reduce((sum, item) => sum + item, 0) / seen.length
      const sigma = Math.sqrt(seen.reduce((sum, item) => sum + (item - mean) ** 2, 0) / (seen.length - 1))
      if (sigma > 0 && value < mean - SIGMAS * sigma) drops.push({ index, value, mean, sigma })
    }
    seen.push(value)
  }
  return drops
}

import { describe, expect, it } from 'vitest'
import { differenceOfMeans, differenceOfQuantiles, differenceOfShares, holm, quantileOf, sampleOf, twoSided, type Histogram } from './stats'

describe('tests and intervals', () => {
  it('knows the normal distribution', () => {
    expect(twoSided(1.959964)).toBeCloseTo(0.05, 5)
    expect(twoSided(0)).toBeCloseTo(1, 6)
    expect(twoSided(-3)).toBeCloseTo(0.0027, 4)
  })
  it('compares means as Welch does', () => {
    const found = differenceOfMeans({ n: 100, mean: 10, variance: 4 }, { n: 400, mean: 11, variance: 9 })
    expect(found?.value).toBe(1)
    expect(found?.low).toBeCloseTo(1 - 1.96 * 0.25, 3)
    expect(found?.high).toBeCloseTo(1 + 1.96 * 0.25, 3)
    expect(found?.p).toBeLessThan(0.001)
    expect(differenceOfMeans({ n: 29, mean: 1, variance: 1 }, { n: 400, mean: 9, variance: 1 })).toBeNull()
  })
  it('compares shares; the interval is the published example of Newcombe (56/70 and 48/80)', () => {
    const found = differenceOfShares(48, 80, 56, 70)
    expect(found?.value).toBeCloseTo(0.2, 6)
    expect(found?.low).toBeCloseTo(0.0524, 3)
    expect(found?.high).toBeCloseTo(0.3339, 3)
    expect(differenceOfShares(0, 50, 0, 50)).toMatchObject({ value: 0, p: 1 })
  })
  const flat = (scale: number): Histogram => Array.from({ length: 100 }, (_, i) => [i * scale, (i + 1) * scale, 50] as const)
  it('reads quantiles and moments from buckets', () => {
    expect(quantileOf(flat(1), 0.95)).toBeCloseTo(95, 6)
    expect(quantileOf([], 0.5)).toBeNull()
    const sample = sampleOf(flat(1))
    expect(sample?.n).toBe(5000)
    expect(sample?.mean).toBeCloseTo(50, 0)
    expect(Math.sqrt(sample?.variance ?? 0)).toBeCloseTo(28.87, 0)
    expect(differenceOfQuantiles(flat(1), flat(1), 0.95)?.p).toBeCloseTo(1, 6)
    expect(differenceOfQuantiles(flat(1), flat(1.3), 0.95)?.low).toBeGreaterThan(0)
    expect(differenceOfQuantiles([[0, 1, 10]], flat(1), 0.95)).toBeNull()
  })
  it('corrects for many tests', () => {
    expect(holm([0.01, 0.04, 0.03, null])).toEqual([true, false, false, false])
    expect(holm([0.01, 0.02, 0.001, null])).toEqual([true, true, true, false])
    expect(holm([])).toEqual([])
  })
})

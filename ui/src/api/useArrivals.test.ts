import { describe, expect, it } from 'vitest'
import type { MetricsAnswer } from './metrics'
import { arrivalsOf } from './useArrivals'

const group = (key: string[], counts: number[], before: [number | null, string | null], cost: string | null = null) => ({
  key, is_other: false, values: [counts.reduce((a, b) => a + b, 0), cost], compare: before, series: [counts, counts.map(() => null)], compare_series: null,
})
const answer = (groups: ReturnType<typeof group>[]): MetricsAnswer => ({
  from: '', to: '', measures: [], dimensions: [], buckets: ['2026-11-21T00:00:00Z', '2026-11-21T01:00:00Z', '2026-11-21T02:00:00Z'], totals: { values: [], compare: [100, '0.010'], series: null, compare_series: null },
  groups, group_count: groups.length, unpriced_calls: 0, compare_unpriced_calls: 0, elapsed_ms: 1,
})

describe('arrivals', () => {
  it('are groups that began within the time', () => {
    const found = arrivalsOf(answer([group(['v48'], [0, 4, 9], [0, null], '0.020'), group(['v47'], [9, 0, 0], [80, '0.010']), group([''], [0, 1, 0], [0, null]), group(['from the start'], [1, 1, 1], [0, null])]), 'release')
    expect(found).toEqual([{ kind: 'release', key: ['v48'], label: 'v48', atMs: Date.parse('2026-11-21T01:00:00Z'), count: 13, costPerCall: 0.02, costPerCallBefore: 0.01 }])
  })
  it('compares with what ran until it began where the period before had nothing', () => {
    const young = answer([group(['v48'], [0, 0, 90], [0, null], '0.030'), group(['v47'], [40, 40, 0], [0, null], '0.010')])
    const found = arrivalsOf({ ...young, totals: { ...young.totals, compare: [0, null], series: [[40, 40, 90], ['0.010', '0.020', '0.030']] } }, 'release')
    expect(found[0]?.costPerCallBefore).toBeCloseTo(0.015, 9)
    expect(arrivalsOf({ ...young, totals: { ...young.totals, compare: [2, '0.010'], series: [[4, 4, 90], ['0.010', '0.010', '0.030']] } }, 'release')[0]?.costPerCallBefore).toBeNull()
  })
  it('compares a prompt with its own older versions', () => {
    const found = arrivalsOf(answer([group(['refund', '13'], [0, 0, 5], [null, null], '0.030'), group(['refund', '12'], [5, 1, 0], [30, '0.004']), group(['other', '1'], [5, 5, 5], [90, '0.900'])]), 'prompt')
    expect(found.map((item) => [item.label, item.costPerCallBefore])).toEqual([['refund v13', 0.004]])
  })
})

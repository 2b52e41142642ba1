import { describe, expect, it } from 'vitest'
import { wholeBuckets, withKeys, type MetricsAnswer } from './metrics'

const answer = (name: string): MetricsAnswer => ({
  from: '2026-11-21T00:30:00Z', to: '2026-11-21T04:10:00Z', measures: [{ name, unit: 'count', source: 'rows', error: 0 }], dimensions: [], buckets: [0, 1, 2, 3, 4].map((hour) => `2026-11-21T0${hour}:00:00Z`),
  totals: { values: [15], compare: null, series: [[1, 2, 3, 4, 5]], compare_series: [[5, 4, 3, 2, 1]] }, groups: [], group_count: 0, unpriced_calls: 0, compare_unpriced_calls: null, elapsed_ms: 1,
})

describe('buckets that the time cuts', () => {
  it('are left out of what grows with time', () => {
    const cut = wholeBuckets(answer('count'))
    expect(cut.buckets).toEqual(['2026-11-21T01:00:00Z', '2026-11-21T02:00:00Z', '2026-11-21T03:00:00Z'])
    expect([cut.totals.series, cut.totals.compare_series, cut.totals.values]).toEqual([[[2, 3, 4]], [[4, 3, 2]], [15]])
  })
  it('stay where they say something', () => {
    expect(wholeBuckets(answer('p95(ttft)')).buckets).toHaveLength(5)
    const whole = { ...answer('count'), from: '2026-11-21T00:00:00Z', to: '2026-11-21T05:00:00Z' }
    expect(wholeBuckets(whole)).toBe(whole)
    expect(wholeBuckets({ ...answer('count'), buckets: null }).buckets).toBeNull()
  })
  it('stay where all there is lies in them', () => {
    const young = answer('count')
    young.totals.series = [[0, 0, 0, 0, 5]]
    expect(wholeBuckets(young)).toBe(young)
    young.totals.series = [[0, 0, 0, 1, 5]]
    expect(wholeBuckets(young).totals.series).toEqual([[0, 0, 1]])
  })
})

describe('keys of groups', () => {
  it('are texts, empty where calls have no value', () => {
    const values = { values: [1], compare: null, series: null, compare_series: null }
    const sent = { ...answer('count'), groups: [{ key: ['desk', null], is_other: false, ...values }] }
    expect(withKeys(sent).groups[0]?.key).toEqual(['desk', ''])
  })
})

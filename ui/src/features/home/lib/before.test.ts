import { describe, expect, it } from 'vitest'
import type { MetricsAnswer } from '@/api/metrics'
import { silentUntil } from './before'

const window = { from: '2026-11-11T00:00:00Z', to: '2026-11-21T00:00:00Z' }
const answer = (calls: (number | null)[] | null): MetricsAnswer => ({
  from: window.from, to: window.to, measures: [], dimensions: [], buckets: ['2026-11-10T20:00:00Z', '2026-11-11T20:00:00Z'], groups: [], group_count: 0, unpriced_calls: 0, compare_unpriced_calls: null, elapsed_ms: 1,
  totals: { values: [], compare: [], series: [], compare_series: calls && [calls] },
})

describe('the period before', () => {
  it('is silent until its first call', () => expect(silentUntil(answer([0, null, 0, 0, 0, 0, 0, 0, 3, 0]), window)).toBe(Date.parse('2026-11-08T20:00:00Z')))
  it('may begin with a quiet night', () => expect(silentUntil(answer([0, 0, 4, 0, 0, 0, 0, 0, 0, 0]), window)).toBeNull())
  it('has no first call where there is none', () => {
    expect(silentUntil(answer([0, 0, 0, 0]), window)).toBeNull()
    expect(silentUntil(answer(null), window)).toBeNull()
  })
})

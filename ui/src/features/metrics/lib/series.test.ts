import { describe, expect, it } from 'vitest'
import type { MetricsAnswer } from '@/api/metrics'
import { saysNothing } from './series'

function answer(measure: string, now: number | null, before: number | null, groups: number | null): MetricsAnswer {
  const values = { values: [now], compare: [before], series: null, compare_series: null }
  return {
    from: '', to: '', measures: [{ name: measure, unit: 'count', source: 'rows', error: 0 }], dimensions: groups === null ? [] : ['feature'], buckets: null, totals: values,
    groups: Array.from({ length: groups ?? 0 }, (_, at) => ({ key: [String(at)], is_other: false, ...values })), group_count: groups ?? 0, unpriced_calls: 0, compare_unpriced_calls: null, elapsed_ms: 1,
  }
}

describe('an answer that says nothing', () => {
  it('has no group', () => expect([saysNothing(answer('p95(ttft)', null, null, 0)), saysNothing(answer('p95(ttft)', null, null, 2))]).toEqual([true, false]))
  it('or no row, now and before', () => expect([saysNothing(answer('count', 0, null, null)), saysNothing(answer('count', 0, 3, null)), saysNothing(answer('count', 5, null, null))]).toEqual([true, false, false]))
  it('is not one that knows a measure to be 0, or not at all', () => expect([saysNothing(answer('error_count', 0, 0, null)), saysNothing(answer('p95(ttft)', null, null, null))]).toEqual([false, false]))
})

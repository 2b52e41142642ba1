import { describe, expect, it } from 'vitest'
import type { MetricsAnswer } from '@/api/metrics'
import { moverMeasures, moversOf } from './movers'
import { plainSummary, writeSummary, type Facts } from './summary'

const quiet: Facts = {
  calls: { now: 2000, before: 2010 }, errors: { now: 20, before: 22 }, ttft: { now: 1.4e9, before: 1.41e9 }, cost: { now: 100, before: 101 }, score: { name: 'faithfulness', now: 0.874, before: 0.871 },
  before: 'the 24 h before', topCost: null, topTtft: null, releases: [], cacheHit: null,
}
const mover = { dimension: 'feature', value: 'refund-triage', before: 1, now: 2, share: 0.98, count: 400, also: '', fresh: false, thin: false }

describe('the summary', () => {
  it('says that nothing moved', () => expect(plainSummary(writeSummary(quiet))).toBe('Nothing moved against the 24 h before: cost, errors and time to first token are what they were. Faithfulness did not move.'))
  it('says what moved cost, and why', () => {
    const words = writeSummary({ ...quiet, cost: { now: 131, before: 100 }, topCost: { ...mover, share: 0.8 }, cacheHit: { now: 0.22, before: 0.78 }, releases: ['v48'] })
    expect(plainSummary(words)).toBe('Cost is up 31%, $31.00 more than the 24 h before. Most of it is refund-triage: its prompt cache hit rate fell from 78% to 22%, so the same tokens are paid at full price. Faithfulness did not move. Release v48 began in this time.')
    expect(words).toContainEqual({ text: 'refund-triage', filter: 'feature:refund-triage' })
  })
  it('cuts a name that would fill the page, and opens all of it', () => {
    const value = 'refund-triage/'.repeat(12)
    const [shown] = writeSummary({ ...quiet, cost: { now: 131, before: 100 }, topCost: { ...mover, value } }).flatMap((part) => (typeof part !== 'string' && part.filter?.startsWith('feature:') ? [part] : []))
    expect(shown?.text).toBe(`${value.slice(0, 48)}…`)
    expect(shown?.filter).toContain(value)
  })
  it('calls errors changed only beyond chance', () => {
    expect(plainSummary(writeSummary({ ...quiet, errors: { now: 29, before: 22 } }))).not.toMatch(/Errors/)
    expect(plainSummary(writeSummary({ ...quiet, errors: { now: 80, before: 22 } }))).toMatch(/Errors rose from 1\.09% to 4% of calls\./)
  })
  it('says when first tokens come later, and where', () => expect(plainSummary(writeSummary({ ...quiet, ttft: { now: 1.94e9, before: 1.41e9 }, topTtft: mover }))).toMatch(/^Time to first token rose to 1\.94 s at p95, most of it on refund-triage\./))
  it('compares with nothing where there is nothing', () => {
    expect(plainSummary(writeSummary({ ...quiet, calls: { now: 12, before: 0 }, errors: { now: 0, before: 0 }, cost: { now: null, before: null } }))).toBe('12 calls, none failed. Nothing in the 24 h before to compare with.')
    expect(plainSummary(writeSummary({ ...quiet, calls: { now: 0, before: 9 } }))).toBe('No model call in this time. There were 9 calls in the 24 h before.')
  })
  it('does not compare with what is too little to tell', () => {
    const words = writeSummary({ ...quiet, calls: { now: 2000, before: 3 }, errors: { now: 20, before: 0 }, cost: { now: 6.5, before: 0.0013 }, score: { name: 'faithfulness', now: 0.603, before: 0.898 }, releases: ['v48'] })
    expect(plainSummary(words)).toBe('2,000 calls for $6.50, 1% failed. Only 3 calls in the 24 h before: too few to compare with. Release v48 began in this time.')
  })
  it('never says less than nothing about unknown cost', () => expect(plainSummary(writeSummary({ ...quiet, cost: { now: null, before: 3 } }))).not.toMatch(/\$0|Cost/))
})

function answer(groups: [key: string, now: Partial<Record<string, number>>, before: Partial<Record<string, number>>][]): MetricsAnswer {
  const names = moverMeasures('f')
  const values = (side: Partial<Record<string, number>>): (number | null)[] => names.map((name) => side[name] ?? null)
  const total = (index: 1 | 2): Partial<Record<string, number>> => {
    const sum = (name: string): number => groups.reduce((all, group) => all + (group[index][name] ?? 0), 0)
    const n = groups.reduce((all, group) => all + (group[index]['sum(ttft)'] ?? 0) / (group[index]['avg(ttft)'] ?? 1), 0)
    return { 'count': sum('count'), 'sum(cost_usd)': sum('sum(cost_usd)'), 'sum(ttft)': sum('sum(ttft)'), 'avg(ttft)': sum('sum(ttft)') / n }
  }
  const side = (now: Partial<Record<string, number>>, before: Partial<Record<string, number>>) => ({ values: values(now), compare: values(before), series: null, compare_series: null })
  return {
    from: '', to: '', measures: names.map((name) => ({ name, unit: 'count', source: 'rows', error: 0 })), dimensions: ['feature'], buckets: null, totals: side(total(1), total(2)),
    groups: groups.map(([key, now, before]) => ({ key: [key], is_other: false, ...side(now, before) })), group_count: groups.length, unpriced_calls: 0, compare_unpriced_calls: 0, elapsed_ms: 1,
  }
}

describe('movers', () => {
  it('share the change of a sum exactly, and leave small groups out', () => {
    const found = moversOf([answer([
      ['a', { 'count': 100, 'sum(cost_usd)': 30, 'cache_hit_rate': 0.2 }, { 'count': 100, 'sum(cost_usd)': 10, 'cache_hit_rate': 0.8 }], ['b', { 'count': 100, 'sum(cost_usd)': 5 }, { 'count': 100, 'sum(cost_usd)': 15 }], ['tiny', { 'count': 29, 'sum(cost_usd)': 90 }, { 'count': 2, 'sum(cost_usd)': 0 }],
    ])], 'cost')
    expect(found.map((item) => [item.value, item.share])).toEqual([['a', 20 / 100], ['b', -10 / 100]])
    expect(found[0]?.also).toBe('cache hit 80% → 20%')
  })
  it('share the change of a mean so that the parts add up', () => {
    const found = moversOf([answer([
      ['slow', { 'count': 100, 'sum(ttft)': 200, 'avg(ttft)': 2 }, { 'count': 100, 'sum(ttft)': 100, 'avg(ttft)': 1 }], ['more', { 'count': 300, 'sum(ttft)': 300, 'avg(ttft)': 1 }, { 'count': 100, 'sum(ttft)': 100, 'avg(ttft)': 1 }],
    ])], 'ttft')
    expect(found.reduce((sum, item) => sum + item.share, 0)).toBeCloseTo(1, 9)
    expect(found[0]).toMatchObject({ value: 'slow', before: 1, now: 2 })
  })
  it('are called neither better nor worse where next to nothing was before', () => {
    const thinBy = (before: number) => moversOf([answer([['a', { 'count': 400, 'sum(cost_usd)': 4 }, { 'count': before, 'sum(cost_usd)': 0.1 }], ['b', { 'count': 1, 'sum(cost_usd)': 1 }, { 'count': 0, 'sum(cost_usd)': 1 }]])], 'cost').map((item) => item.thin)
    expect([thinBy(8), thinBy(300)]).toEqual([[true], [false]])
  })
  it('finds none where nothing changed or nothing is known', () => {
    expect(moversOf([answer([['a', { 'count': 99, 'sum(cost_usd)': 5 }, { 'count': 99, 'sum(cost_usd)': 5 }]])], 'cost')).toEqual([])
    expect(moversOf([answer([['a', { count: 99 }, { count: 99 }]])], 'quality')).toEqual([])
  })
})

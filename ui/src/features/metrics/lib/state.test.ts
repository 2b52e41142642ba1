import { describe, expect, it } from 'vitest'
import { explorerOf, formatRegion, knownMeasures, parseRegion, regionFilter } from './state'

describe('the address of the explorer', () => {
  it('has a default for everything', () => expect(explorerOf({})).toEqual({ unit: 'calls', measures: ['count'], by: [], interval: 'auto', view: 'lines', top: 10, compare: true, heat: 'duration', region: null }))
  it('keeps what is meant and drops what is not', () => {
    expect(explorerOf({ unit: 'spans', measures: 'p95(duration), sum(cost_usd)/count,,count,count', by: 'model,feature,user', interval: '1h', view: 'stack', top: '20', compare: 'none', heat: 'ttft' }))
      .toMatchObject({ unit: 'spans', measures: ['p95(duration)', 'sum(cost_usd)/count', 'count'], by: ['model', 'feature'], interval: '1h', view: 'stack', top: 20, compare: false, heat: 'ttft' })
    expect(explorerOf({ unit: 'x', view: 'pie', top: '7', interval: 'year', heat: 'a b' })).toMatchObject({ unit: 'calls', view: 'lines', top: 10, interval: 'auto', heat: 'duration' })
  })
})

describe('a region of the heatmap', () => {
  const region = { fromMs: Date.parse('2026-11-21T01:00:00Z'), toMs: Date.parse('2026-11-21T02:00:00Z'), low: 1.2e9, high: 4e9 }
  it('goes to the address and back', () => {
    expect(parseRegion(formatRegion(region))).toEqual(region)
    expect(parseRegion('1_2_3')).toBeNull()
    expect(parseRegion('5_2_1_3')).toBeNull()
    expect(parseRegion(undefined)).toBeNull()
  })
  it('is a filter', () => {
    expect(regionFilter(region, 'ttft')).toBe('time>="2026-11-21T01:00:00.000Z" time<"2026-11-21T02:00:00.000Z" ttft>=1200000000ns ttft<4000000000ns')
    expect(regionFilter({ ...region, low: 0.00123456789, high: 0.5 }, 'cost_usd')).toContain('cost_usd>=0.00123457 cost_usd<0.5')
  })
})

it('suggests measures of scores', () => expect(knownMeasures(['done'])).toContain('avg(score.done)'))

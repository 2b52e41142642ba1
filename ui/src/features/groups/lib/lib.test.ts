import { describe, expect, it } from 'vitest'
import { dropsOf } from './drops'
import { growthOf, growthSentence, storageCost } from './growth'
import { pricedModel } from './priced'
import { GROUP_PAGES, SCORE, attributeOf, chartOrder, dimensionOf, withScore } from './pages'

describe('drops', () => {
  it('are falls of more than two sigma below what came before', () => {
    expect(dropsOf([0.9, 0.91, 0.89, 0.9, 0.92, 0.7, 0.9]).map((drop) => drop.index)).toEqual([5])
    expect(dropsOf([0.9, 0.91, 0.89, 0.9, 0.92, 0.99])).toEqual([])
    expect(dropsOf([0.9, 0.2])).toEqual([])
    expect(dropsOf([null, 1, 1, 1, 1, 1, 0.5])).toEqual([])
  })
})

describe('pages of one dimension', () => {
  it('leave out what needs a score where there is none', () => {
    expect(withScore(['count', SCORE], 'faithfulness')).toEqual(['count', 'avg(score.faithfulness)'])
    expect(withScore(['count', SCORE], null)).toEqual(['count'])
  })
  it('show the groups with most of what adds up, and the busiest of what does not', () => {
    expect(chartOrder(GROUP_PAGES.users, 'sum(cost_usd)')).toBe('sum(cost_usd)')
    expect(chartOrder(GROUP_PAGES.costs, 'sum(cost_usd)/count')).toBe('count')
    expect(chartOrder(GROUP_PAGES.models, 'p95(ttft)')).toBe('count')
  })
  it('have what every page needs', () => {
    for (const spec of Object.values(GROUP_PAGES)) {
      expect(spec.dimensions.length).toBeGreaterThan(1)
      expect(withScore(spec.columns, null).length).toBeGreaterThan(3)
      expect(spec.tiles).toHaveLength(5)
      for (const chart of spec.charts) expect([...spec.columns, ...spec.tiles, ...spec.charts]).toContain(chart)
    }
  })
})

it('finds a priced model by its name, its maker before resellers', () => {
  const known = [{ provider: 'azure.ai.openai', model: 'gpt-4.1' }, { provider: 'openai', model: 'gpt-4.1' }, { provider: 'openai', model: 'gpt-4.1-mini' }]
  expect(pricedModel(' gpt-4.1 ', known)).toEqual({ provider: 'openai', model: 'gpt-4.1' })
  expect(pricedModel('azure.ai.openai/gpt-4.1', known)).toEqual({ provider: 'azure.ai.openai', model: 'gpt-4.1' })
  expect(pricedModel('gpt-4', known)).toBeNull()
})

describe('growth', () => {
  it('splits a change of cost into calls and price, and both add up', () => {
    const found = growthOf([30, 10], [200, 100])
    expect(found).toEqual({ byCalls: 10, byPrice: 10 })
    expect(growthSentence([30, 10], [200, 100])).toBe('Cost 3.0x with calls +100%: +$10.00 from the number of calls, +$10.00 from what each costs.')
    expect(growthSentence([10.1, 10], [100, 100])).toMatch(/about what it was/)
  })
  it('knows nothing where a side is not known', () => {
    expect(growthOf([null, 10], [1, 1])).toBeNull()
    expect(growthOf([10, 0], [1, 0])).toBeNull()
    expect(growthSentence([1, null], [1, 1])).toBe('Nothing before to compare with.')
  })
})

it('storage is a share of inference at the same pace', () => {
  expect(storageCost(50e9, 0.08, 24, 24)).toEqual({ monthly: 4, inferenceMonthly: 730, share: 4 / 730 })
  expect(storageCost(50e9, 0.08, null, 24)).toEqual({ monthly: 4, inferenceMonthly: null, share: null })
  expect(storageCost(1e9, 0.08, 0, 24).share).toBeNull()
})

describe('dimensions', () => {
  it('are those of the page, or any attribute', () => {
    expect(dimensionOf(GROUP_PAGES.models, 'provider')).toEqual(['provider', 'Provider'])
    expect(dimensionOf(GROUP_PAGES.models, 'colour')).toEqual(['request_model', 'Model asked for'])
    expect(dimensionOf(GROUP_PAGES.models, 'attr.app.tenant')).toEqual(['attr.app.tenant', 'app.tenant'])
    expect(dimensionOf(GROUP_PAGES.models, 'attr.')).toEqual(['request_model', 'Model asked for'])
  })
  it('are read as people type them', () => expect([' app.tenant ', 'attr.app.tenant', 'attr."my key"', '  '].map(attributeOf)).toEqual(['attr.app.tenant', 'attr.app.tenant', 'attr.my key', null]))
})

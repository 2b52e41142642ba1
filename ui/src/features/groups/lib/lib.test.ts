import { describe, expect, it } from 'vitest'
import { dropsOf } from './drops'
import { pricedModel } from './priced'
import { GROUP_PAGES, SCORE, withScore } from './pages'

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

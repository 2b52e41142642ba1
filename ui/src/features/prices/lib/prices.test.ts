import { describe, expect, it } from 'vitest'
import { EMPTY_DRAFT, overrideBody, readPrices, readUnpriced } from './prices'

describe('prices', () => {
  it('are read with rates in their order', () => {
    const [price] = readPrices({ prices: [{ price_id: 'p', provider: 'x', model: 'm', effective_from: null, rates: { output: '2', input: 1, cache_read: null } }] })
    expect(price?.rates).toEqual([['input', '1'], ['output', '2']])
    expect(readPrices({})).toEqual([])
    expect(readUnpriced({ unpriced: [{ provider: 'x', model: 'm', calls: 3 }] })[0]?.calls).toBe(3)
  })
  it('keep rates as decimal text', () => {
    expect(overrideBody({ ...EMPTY_DRAFT, model: ' m ', input: '$2.50', output: '10', from: '2026-11-21' })).toEqual({ body: { model: 'm', rates: { input: '2.50', output: '10' }, effective_from: '2026-11-21T00:00:00Z' } })
  })
  it.each([[{ model: '' }], [{ model: 'm' }], [{ model: 'm', input: 'two' }], [{ model: 'm', input: '-1' }], [{ model: 'm', input: '1', from: 'soon' }]])('refuses %o', (part) => {
    expect(overrideBody({ ...EMPTY_DRAFT, ...part })).toHaveProperty('wrong')
  })
})

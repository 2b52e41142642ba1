import { describe, expect, it } from 'vitest'
import { linesOf, sentence, type Side } from './verdicts'

const around = (middle: number, n: number): (readonly [number, number, number])[] => [[middle * 0.8, middle * 0.9, n / 4], [middle * 0.9, middle * 1.1, n / 2], [middle * 1.1, middle * 1.2, n / 4]]
const side = (cost: number, n: number, more: Partial<Side> = {}): Side => ({
  count: n, errors: Math.round(n * 0.01), refusals: 0, cacheHit: 0.5, cost, outputTokens: 200, inputTokens: 2000, score: 0.87,
  histograms: { cost_usd: around(cost, n), ttft: around(1e9, n), duration: around(3e9, n), output_tokens: around(200, n), input_tokens: around(2000, n), score: around(0.87, n) }, ...more,
})
const tails = { ttft: [1e9, 1e9], duration: [3e9, 3e9] } as const
const verdicts = (a: Side, b: Side): Record<string, string> => Object.fromEntries(linesOf(a, b, tails, 'faithfulness').map((line) => [line.name, line.verdict]))

describe('verdicts', () => {
  it('calls a dearer side worse and leaves the rest alone', () => expect(verdicts(side(0.01, 1000), side(0.02, 1000))).toMatchObject({ 'Cost per priced call': 'worse', 'TTFT p95': 'not significant', 'Faithfulness': 'not significant', 'Error rate': 'not significant', 'Cache hit rate': 'not tested' }))
  it('knows which way is good', () => {
    expect(verdicts(side(0.02, 1000), side(0.01, 1000))['Cost per priced call']).toBe('better')
    expect(verdicts(side(0.01, 1000), side(0.01, 1000, { score: 0.99 }))['Faithfulness']).toBe('better')
    expect(verdicts(side(0.01, 1000), side(0.01, 1000, { outputTokens: 300 }))['Output tokens, mean']).toBe('different')
  })
  it('does not tell from few', () => expect(verdicts(side(0.01, 12), side(0.05, 900))['Cost per priced call']).toBe('cannot tell yet'))
  it('says unknown as unknown', () => {
    const found = linesOf(side(0.01, 500), side(0.01, 500, { cost: null }), tails, null)
    expect(found[0]).toMatchObject({ b: null, difference: null, verdict: 'cannot tell yet' })
  })
  it('writes a sentence', () => {
    expect(sentence('v48', linesOf(side(0.01, 1000), side(0.023, 1000), tails, null))).toBe('v48 is worse in cost per priced call +130%.')
    expect(sentence('v48', linesOf(side(0.01, 1000), side(0.01, 1000), tails, null))).toBe('v48 is not significantly better or worse in anything measured.')
  })
})

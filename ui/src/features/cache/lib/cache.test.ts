import { describe, expect, it } from 'vitest'
import type { CacheCall, CacheItem } from '@/api/threads'
import { isEstimated, segmentsOf, widthOf } from './layout'
import { nextLoss, reasonOf, tagOf, unjudgedWords, verdictOf } from './words'

const item = (role: string, tokens: number | null): CacheItem => ({ hash: role, role, position: 0, tokens })
const call = (more: Partial<CacheCall>): CacheCall => ({ items: [], outcome: 'hit', shared_items: 0, broken_item: null, idle_ns: null, shared_tokens: null, ...more }) as CacheCall

describe('the bar of a call', () => {
  it('covers every token once, whatever is joined', () => {
    const items = [item('tool_definition', 1), item('tool_definition', 1), item('system', 500), item('user', 2), item('user', 1), item('assistant', 90)]
    const one = call({ items, shared_items: 3, broken_item: 3 })
    const segments = segmentsOf(one, 0.5)
    expect(segments.reduce((sum, segment) => sum + segment.tokens, 0)).toBe(widthOf(one))
    expect(segments.map((segment) => `${segment.from}-${segment.to}`)).toEqual(['0-2', '2-3', '3-4', '4-5', '5-6'])
    expect(segments.filter((segment) => segment.broken).length).toBe(1)
    expect(segments.map((segment) => segment.shared)).toEqual([true, true, false, false, false])
    for (const [index, segment] of segments.entries()) expect(segment.x).toBeCloseTo(segments.slice(0, index).reduce((sum, before) => sum + before.width, 0))
  })
  it('draws items alike where no tokens are known', () => {
    const one = call({ items: [item('system', null), item('user', null)] })
    expect(isEstimated(one)).toBe(false)
    expect(widthOf(one)).toBe(2)
  })
})

describe('words of the lens', () => {
  it('names what changed', () => {
    const one = call({ items: [item('system', 5), item('user', 3)], outcome: 'changed', broken_item: 0 })
    expect(tagOf(one)).toBe('system changed')
    expect(verdictOf(one)).toContain('system message changed')
  })
  it('says that it does not know', () => {
    expect(reasonOf(call({ outcome: 'unknown' }), undefined)).toContain('knows no statement')
    expect(verdictOf(call({ outcome: 'unknown' }))).toContain('not known')
  })
  it('says why calls could not be judged', () => {
    expect(unjudgedWords([call({ outcome: 'first' }), call({ outcome: 'too_short' }), call({ outcome: 'too_short' }), call({ outcome: 'hit' })])).toBe('1 begins with nothing to share, 2 share too little to be kept')
    expect(unjudgedWords([call({ outcome: 'hit' })])).toBe('')
  })
  it('goes from loss to loss', () => {
    const calls = [call({}), call({ outcome: 'expired' }), call({}), call({ outcome: 'changed', broken_item: 0 })]
    expect(nextLoss(calls, 0, 1)).toBe(1)
    expect(nextLoss(calls, 1, 1)).toBe(3)
    expect(nextLoss(calls, 3, 1)).toBe(1)
    expect(nextLoss(calls, 1, -1)).toBe(3)
    expect(nextLoss([call({})], 0, 1)).toBe(-1)
  })
})

import { describe, expect, it } from 'vitest'
import { byteAt, filterFromSearch, formatTerm, groupTerm, hasTerm, indexAt, joinTerms, splitTerms, termValue, toggleTerm, withoutTerm } from './filter'

const texts = (text: string): string[] => splitTerms(text).map((term) => term.text)

describe('terms of a filter', () => {
  it('splits at spaces outside of quotes, parentheses and braces', () => {
    expect(texts('kind:llm  model:gpt-4o* "refund policy" -status:error (a:b or c:d) {kind:tool status:error}'))
      .toEqual(['kind:llm', 'model:gpt-4o*', '"refund policy"', '-status:error', '(a:b or c:d)', '{kind:tool status:error}'])
    expect(texts('user:"a \\" b" x')).toEqual(['user:"a \\" b"', 'x'])
    expect(texts('   ')).toEqual([])
  })
  it('keeps together what belongs together', () => {
    expect(texts('agent > tool{status:error} model:x')).toEqual(['agent > tool{status:error}', 'model:x'])
    expect(texts('a:b and not c:d')).toEqual(['a:b', 'not c:d'])
    expect(texts('a:b or c:d e:f')).toEqual(['a:b or c:d e:f'])
    expect(texts('cost_usd > 0.05')).toEqual(['cost_usd > 0.05'])
  })
  it('knows the parts of comparisons', () => {
    expect(splitTerms('-score.faithfulness<0.7')[0]).toMatchObject({ field: 'score.faithfulness', operator: '<', value: '0.7', negated: true })
    expect(splitTerms('attr.my.key:"a b"')[0]).toMatchObject({ field: 'attr.my.key', operator: ':', value: 'a b', negated: false })
    expect(splitTerms('refund')[0]).toMatchObject({ field: null, value: 'refund' })
    expect(splitTerms('duration>=5s')[0]).toMatchObject({ field: 'duration', operator: '>=', value: '5s' })
  })
  it('is the same text again from its chips', () => {
    for (const text of ['kind:llm -"two words" cost_usd>0.05', 'a:b or c:d', 'agent > tool{status:error}', '"open', 'x:(a or b) ü:"✓ 😀"', 'a:1..5 llm.count>10']) {
      expect(joinTerms(splitTerms(text).map((term) => term.text))).toBe(text)
      for (const term of splitTerms(text)) expect(text.slice(term.from, term.to)).toBe(term.text)
    }
  })
})

describe('changing a filter', () => {
  it('adds, replaces and removes values', () => {
    expect(toggleTerm('', 'model', 'gpt-4.1')).toBe('model:gpt-4.1')
    expect(toggleTerm('status:error "a b"', 'model', 'my "best" model')).toBe('status:error "a b" model:"my \\"best\\" model"')
    expect(toggleTerm('model:a x', 'model', 'b')).toBe('x model:b')
    expect(toggleTerm('x model:a', 'model', 'a')).toBe('x')
    expect(toggleTerm('a:b or c:d', 'model', 'm')).toBe('(a:b or c:d) model:m')
    expect(toggleTerm('model:a', 'model', '')).toBe('-has:model')
    expect(toggleTerm('-has:user x', 'user', '')).toBe('x')
    expect(hasTerm('model:"a b"', 'model', 'a b')).toBe(true)
    expect(hasTerm('-model:a', 'model', 'a')).toBe(false)
    expect(termValue('x release:v48', 'release')).toBe('v48')
    expect(withoutTerm('a:b c:d e', 1)).toBe('a:b e')
  })
  it.each([['a*b'], ['a..b'], ['two words'], ['-x'], ['or'], ['a"b\\c'], ['(x)'], ['ünï']])('takes the value %s literally', (value) => {
    const term = splitTerms(formatTerm('user', value))
    expect(term).toHaveLength(1)
    expect(term[0]?.value).toBe(value)
    if (/[*\s"(]|\.\.|^-|^or$/.test(value)) expect(term[0]?.text).toContain('"')
  })
})

describe('addresses', () => {
  it('reads links of before', () => {
    expect(filterFromSearch({ status: 'error', model: 'gpt 4', q: 'lost  parcel', peek: 'x' })).toBe('status:error model:"gpt 4" lost parcel')
    expect(filterFromSearch({ status: 'error', filter: 'a:b or c:d' })).toBe('status:error (a:b or c:d)')
    expect(filterFromSearch({ filter: 'kind:llm' })).toBe('kind:llm')
    expect(filterFromSearch({ status: 'error', q: 'a b', filter: 'status:error a b' })).toBe('status:error a b')
    expect(filterFromSearch({ status: 'error', filter: filterFromSearch({ status: 'error', filter: 'a:b or c:d' }) })).toBe('status:error (a:b or c:d)')
    expect(filterFromSearch({ colour: 'red' })).toBe('')
  })
})

describe('places', () => {
  it('counts letters and bytes both ways', () => {
    const text = 'ü😀 x:y'
    for (const index of [0, 1, 3, 4, 7]) expect(indexAt(text, byteAt(text, index))).toBe(index)
    expect(byteAt(text, 3)).toBe(6)
    expect(indexAt(text, 99)).toBe(7)
  })
})

it('is exactly the rows of a group', () => {
  expect(groupTerm('feature', 'search')).toBe('feature:search')
  expect(groupTerm('model', 'gpt-4o')).toBe('(response_model:gpt-4o or (request_model:gpt-4o -has:response_model))')
  expect(groupTerm('model', '')).toBe('-has:model')
  expect(joinTerms(['status:error', groupTerm('model', 'a b')])).toBe('status:error (response_model:"a b" or (request_model:"a b" -has:response_model))')
})

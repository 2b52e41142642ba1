import { describe, expect, it } from 'vitest'
import type { Turn, TurnScore } from '@/api/threads'
import { changedFrom, costText, isOver, nextBad, orderWords, scoreText, tokensOf } from './words'

const score = (more: Partial<TurnScore>): TurnScore => ({ name: 'faithfulness', value: null, label: null, source: null, comment: null, author: null, time: '', span_id: null, is_bad: false, ...more })
const turns = (...bad: boolean[]): Turn[] => bad.map((is_bad) => ({ is_bad }) as Turn)

describe('words of sessions', () => {
  it('never shows an unknown cost as nothing', () => {
    expect(costText({ cost_usd: null, unpriced_count: 0, call_count: 0 })).toEqual({ text: '—', note: '', known: false })
    expect(costText({ cost_usd: null, unpriced_count: 2, call_count: 2 }).text).toBe('unpriced')
    expect(costText({ cost_usd: '0', unpriced_count: 2, call_count: 2 }).text).toBe('unpriced')
    expect(costText({ cost_usd: '0.5', unpriced_count: 1, call_count: 3 })).toEqual({ text: '$0.500 +?', note: 'and 1 unpriced call', known: true })
  })
  it('adds tokens of which one side is unknown', () => {
    expect(tokensOf({ input_tokens: null, output_tokens: null })).toBeNull()
    expect(tokensOf({ input_tokens: 3, output_tokens: null })).toBe(3)
  })
  it('writes scores by value and label', () => {
    expect(scoreText(score({ value: 0.6234 }))).toBe('faithfulness 0.62')
    expect(scoreText(score({ value: 1 }))).toBe('faithfulness 1')
    expect(scoreText(score({ name: 'thumbs', label: 'down' }))).toBe('thumbs down')
    expect(scoreText(score({ name: 'helpful', value: 0, label: 'false' }))).toBe('helpful false')
  })
  it('goes round the bad turns', () => {
    expect(nextBad(turns(false, true, false, true), 1, 1)).toBe(3)
    expect(nextBad(turns(false, true, false, true), 3, 1)).toBe(1)
    expect(nextBad(turns(false, true, false, true), 1, -1)).toBe(3)
    expect(nextBad(turns(false, false), 0, 1)).toBe(-1)
    expect(nextBad([], 0, 1)).toBe(-1)
  })
  it('sees a change only between two known values', () => {
    expect(changedFrom('v1', 'v2')).toBe(true)
    expect(changedFrom(undefined, 'v2')).toBe(false)
    expect(changedFrom('v1', null)).toBe(false)
  })
})

describe('what the list is ordered by', () => {
  it('is the last turn only where no filter and no end of the time leaves turns out', () => {
    expect(orderWords(false, false)).toEqual({ name: 'Last turn', title: 'When the last turn began' })
    expect(orderWords(true, false)).toEqual({ name: 'Last match', title: 'When the latest turn that matches began' })
    expect(orderWords(false, true)).toEqual({ name: 'Last match', title: 'When the latest turn in the chosen time began' })
    expect(orderWords(true, true).title).toBe('When the latest turn that matches in the chosen time began')
  })
  it('knows a time that is over', () => {
    const now = Date.parse('2026-11-22T00:00:00Z')
    expect([isOver(undefined, now), isOver('2026-11-21T00:00:00Z', now), isOver('2026-11-23T00:00:00Z', now)]).toEqual([false, true, false])
  })
})

import { describe, expect, it } from 'vitest'
import type { DiffPair, DiffStep } from '@/api/threads'
import type { Message } from '@/api/types'
import { alignMessages, messageText } from './align'
import { divergenceWords, foldRows } from './steps'
import { compareTexts, foldSame, isAnother, joinChanges, sameShare } from './text'

const message = (hash: string, role = 'user', parts: Message['parts'] = []): Message => ({ hash, role, parts, is_new: true, position: 0 })
const list = (text: string): Message[] => text.split(' ').filter((word) => word !== '').map((word) => message(word, word.startsWith('s') ? 'system' : word.startsWith('a') ? 'assistant' : 'user'))
const shown = (a: string, b: string): string => alignMessages(list(a), list(b)).map((pair) => `${pair.a?.hash ?? '-'}${pair.same ? '=' : '/'}${pair.b?.hash ?? '-'}`).join(' ')

describe('aligning messages', () => {
  it('keeps what is equal together', () => {
    expect(shown('s u1 a1', 's u1 a1 u2')).toBe('s=s u1=u1 a1=a1 -/u2')
    expect(shown('', 's')).toBe('-/s')
    expect(shown('s', '')).toBe('s/-')
  })
  it('puts a rewritten message beside what it was', () => {
    expect(shown('s1 u1 a1', 's2 u1 a1 u2')).toBe('s1/s2 u1=u1 a1=a1 -/u2')
    expect(shown('s u1 a1 u2', 's u1 a9 u2')).toBe('s=s u1=u1 a1/a9 u2=u2')
  })
  it('finds what moved on in the middle', () => {
    expect(shown('s u1 u2 u3', 's u2 u4 u3')).toBe('s=s u1/- u2=u2 -/u4 u3=u3')
  })
  it('every message stands in exactly one pair, in order, whatever the lists are', () => {
    let seed = 7
    const next = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % below
    for (let round = 0; round < 500; round++) {
      const make = (): Message[] => Array.from({ length: next(9) }, () => message(`m${next(5)}`, ['system', 'user', 'assistant'][next(3)]))
      const [a, b] = [make(), make()]
      const pairs = alignMessages(a, b)
      expect(pairs.flatMap((pair) => (pair.a ? [pair.a] : []))).toEqual(a)
      expect(pairs.flatMap((pair) => (pair.b ? [pair.b] : []))).toEqual(b)
      for (const pair of pairs) expect(pair.same).toBe(pair.a !== null && pair.b !== null && pair.a.hash === pair.b.hash)
    }
  })
  it('writes calls of tools with their arguments on lines', () => {
    expect(messageText(message('x', 'assistant', [{ type: 'text', content: 'so' }, { type: 'tool_call', id: '1', name: 'look', arguments: '{"a":1}' }]))).toBe('so\n\nlook({\n  "a": 1\n})')
    expect(messageText(null)).toBe('')
  })
})

describe('comparing texts', () => {
  it('gives both texts back', async () => {
    const [a, b] = ['The time is 10:42. You help.', 'The time is 10:43. You help gladly.']
    const runs = await compareTexts(a, b)
    expect(runs.filter((run) => run.side !== 'b').map((run) => run.text).join('')).toBe(a)
    expect(runs.filter((run) => run.side !== 'a').map((run) => run.text).join('')).toBe(b)
    expect(runs.some((run) => run.side === 'a' && run.text.includes('42'))).toBe(true)
    expect(sameShare(runs)).toBeGreaterThan(0.5)
  })
  it('long texts and texts without anything in common too', async () => {
    const long = Array.from({ length: 3000 }, (_, line) => `line ${line} of the text`).join('\n')
    const runs = await compareTexts(long, long.replace('line 1500', 'another'))
    expect(runs.filter((run) => run.side !== 'a').map((run) => run.text).join('')).toBe(long.replace('line 1500', 'another'))
    const apart = await compareTexts('x '.repeat(9000), 'y '.repeat(9000))
    expect(apart.filter((run) => run.side !== 'b').map((run) => run.text).join('')).toBe('x '.repeat(9000))
    expect(await compareTexts('', '')).toEqual([])
    expect(sameShare(await compareTexts('a', 'a'))).toBe(1)
  })
  it('knows another text from a changed one', async () => {
    const [rules, review] = ['Answer questions about contracts from the passages you are given and from nothing else, and say which clause you rely on. ', 'Review the change like a careful colleague: point at lines, say what could break, and do not repeat what the linter says. ']
    expect(isAnother(await compareTexts(rules, review))).toBe(true)
    expect(isAnother(await compareTexts(rules, rules.replace('nothing', 'no place')))).toBe(false)
    expect(isAnother(await compareTexts('yes', 'no'))).toBe(false)
    expect(isAnother(await compareTexts('', rules.repeat(3)))).toBe(false)
  })
  it('reads words that were replaced one by one as one change', async () => {
    const [a, b] = ['It fell. Most of the change comes from the north.', 'It fell. Returning customers account for this, from the north.']
    const runs = joinChanges(await compareTexts(a, b))
    expect(runs.filter((run) => run.side !== 'b').map((run) => run.text).join('')).toBe(a)
    expect(runs.filter((run) => run.side !== 'a').map((run) => run.text).join('')).toBe(b)
    expect(runs.map((run) => run.side)).toEqual(['both', 'a', 'b', 'both'])
  })
  it('folds only what both have, and loses nothing', () => {
    const runs = [{ text: 'x'.repeat(5000), side: 'both' as const }, { text: 'new', side: 'b' as const }, { text: 'y'.repeat(5000), side: 'both' as const }]
    const folded = foldSame(runs, 100)
    expect(folded.map((run) => run.side)).toEqual(['folded', 'both', 'b', 'both', 'folded'])
    expect(folded.map((run) => run.text).join('')).toBe(runs.map((run) => run.text).join(''))
  })
})

const step = (more: Partial<DiffStep>): DiffStep => ({ kind: 'llm', name: 'chat', status: 'ok', tool_name: null, agent_name: null, guardrail_name: null, guardrail_result: null, retrieval_count: null, status_message: null, error_type: null, tool_call_names: [], tool_call_arguments: [], input_preview: null, output_preview: null, ...more }) as DiffStep
const pair = (same: DiffPair['same'], what: string[] = []): DiffPair => ({ a: same === 'only_b' ? null : step({}), b: same === 'only_a' ? null : step({}), same, what })

describe('steps of two traces', () => {
  it('folds long runs of equal steps, and opens them', () => {
    const pairs = [...Array.from({ length: 5 }, () => pair('same')), pair('changed', ['tool']), pair('same'), pair('only_b')]
    expect(foldRows(pairs, new Set())).toEqual([{ type: 'fold', from: 0, to: 5 }, { type: 'pair', index: 5 }, { type: 'pair', index: 6 }, { type: 'pair', index: 7 }])
    expect(foldRows(pairs, new Set([0])).length).toBe(8)
    expect(foldRows([], new Set())).toEqual([])
  })
  it('says where two runs part', () => {
    expect(divergenceWords({ a: step({ tool_call_names: ['refund'] }), b: step({}), same: 'changed', what: ['tool', 'content'] })).toBe('A asked for refund, B for no tool')
    expect(divergenceWords({ a: null, b: step({ kind: 'tool', tool_name: 'look' }), same: 'only_b', what: [] })).toBe('look ran in B alone')
    expect(divergenceWords({ a: step({ status: 'error' }), b: step({}), same: 'changed', what: ['status'] })).toBe('chat failed in A alone')
  })
})

import { describe, expect, it } from 'vitest'
import type { Cell, Message, SpanDetail } from '@/api/types'
import { documentsOf, tokenLines } from './detail'
import { chatBlocks, looksLikeJson, readPart } from './messages'
import { pythonLiteral, requestOf, write } from './reproduce'

const message = (role: string, parts: Cell[], position: number, isNew: boolean): Message => ({ hash: '', role, parts, is_new: isNew, position })
const say = (content: string): Cell => ({ type: 'text', content })
const call = (id: string): Cell => ({ type: 'tool_call', id, name: 'look', arguments: '{"a":1}' })
const result = (id: string, response: string): Cell => ({ type: 'tool_call_response', id, response })

function detail(more: Partial<SpanDetail>): SpanDetail {
  return {
    trace_id: 't', span_id: 's', kind: 'llm', provider: 'openai', request_model: 'gpt-4.1', input_messages: [], output_messages: [], tool_definitions: [],
    attributes: [], resource: [], events: [], links: [], price: null, timeline: null, ...more,
  }
}

describe('a conversation', () => {
  it('folds the system prompt and the unchanged past, pairs calls with results', () => {
    const blocks = chatBlocks(
      [message('user', [say('3')], 5, true), message('system', [say('rules')], 0, false), message('user', [say('1')], 1, false), message('assistant', [call('c1')], 2, false), message('tool', [result('c1', '42')], 3, false), message('assistant', [say('2')], 4, false)],
      [message('assistant', [say('answer')], 0, true)],
    )
    expect(blocks.map((block) => block.type)).toEqual(['system', 'history', 'message', 'message'])
    const history = blocks[1]
    expect(history?.type === 'history' && history.messages.map((item) => item.parts[0]?.type)).toEqual(['text', 'answered_call', 'text'])
  })
  it('names a result after its call, also where the call is further up', () => {
    const blocks = chatBlocks([message('user', [say('1')], 0, false), message('assistant', [call('c1')], 1, false), message('tool', [result('c1', '42')], 2, true)], [])
    const last = blocks.at(-1)
    expect(last?.type === 'message' && last.message.parts).toEqual([{ type: 'tool_call_response', id: 'c1', name: 'look', response: '42' }])
  })
  it('keeps a result whose call is elsewhere, and a call without a result', () => {
    const blocks = chatBlocks([message('tool', [result('old', 'x')], 0, true), message('assistant', [call('c2')], 1, true)], [])
    expect(blocks.map((block) => block.type === 'message' && block.message.parts[0]?.type)).toEqual(['tool_call_response', 'tool_call'])
  })
  it('shows all of a first call', () => {
    expect(chatBlocks([message('user', [say('hi')], 0, true)], []).map((block) => block.type)).toEqual(['message'])
  })
  it('keeps parts it does not know, whatever they are', () => {
    expect(readPart({ type: 'hologram', x: 1 })).toEqual({ type: 'other', value: { type: 'hologram', x: 1 } })
    expect(readPart(null)).toEqual({ type: 'other', value: null })
    expect(readPart('bare')).toEqual({ type: 'text', content: 'bare' })
    expect(readPart({ type: 'tool_call', id: null, name: 'n', arguments: { a: 1 } })).toEqual({ type: 'tool_call', id: null, name: 'n', arguments: '{"a":1}' })
    expect(readPart({ type: 'blob', modality: 'image' }).type).toBe('other')
  })
  it('knows JSON from text', () => {
    expect([looksLikeJson(' {"a": 1} '), looksLikeJson('{a}'), looksLikeJson('[link](x)'), looksLikeJson('12')]).toEqual([true, false, false, false])
  })
})

describe('tokens by kind', () => {
  it('are disjoint, with the rates used', () => {
    const lines = tokenLines(detail({ input_tokens: 1000, cached_input_tokens: 600, cache_write_tokens: 100, output_tokens: 50, reasoning_tokens: 20, price: { price_id: 'p', provider: 'x', model: 'm', effective_from: null, tier: null, rates: { input: '3', cache_read: '0.3', output: '15' } } }))
    expect(lines.map((line) => [line.label, line.tokens, line.rate])).toEqual([['Input, not cached', 300, '3'], ['Input, cache read', 600, '0.3'], ['Input, cache write', 100, null], ['Output', 50, '15'], ['of it reasoning', 20, null]])
  })
  it('leave out what is not known', () => expect(tokenLines(detail({ input_tokens: null }))).toEqual([]))
})

it('documents are read from a list, an object or JSON text', () => {
  const expected = [{ id: 'a', score: 0.5, source: null, hash: null, content: null }]
  const raw = [{ id: 'a', score: 0.5 }]
  for (const retrieval of [raw, JSON.stringify(raw), { documents: raw }]) expect(documentsOf(detail({ retrieval }))).toEqual(expected)
  expect(documentsOf(detail({ retrieval: null }))).toEqual([])
})

describe('a call as code', () => {
  const chat = detail({
    temperature: 0.2, seed: 0, params: { stop: ['x'], temperature: 9 }, input_messages: [message('system', [say("it's fine")], 0, true), message('user', [say('hi')], 1, true), message('assistant', [call('c')], 2, true), message('tool', [result('c', 'r')], 3, true)],
    tool_definitions: [{ hash: '', name: 'look', description: 'd', parameters: { type: 'object' } }],
  })
  it('has the form of the provider', () => {
    expect(requestOf(chat)?.body).toMatchObject({
      model: 'gpt-4.1', temperature: 0.2, seed: 0, stop: ['x'],
      messages: [{ role: 'system', content: "it's fine" }, { role: 'user', content: 'hi' }, { role: 'assistant', content: null, tool_calls: [{ id: 'c' }] }, { role: 'tool', tool_call_id: 'c', content: 'r' }],
    })
    const anthropic = requestOf({ ...chat, provider: 'anthropic' })
    expect(anthropic?.body).toMatchObject({ system: "it's fine", max_tokens: 1024, messages: [{ role: 'user' }, { role: 'assistant', content: [{ type: 'tool_use', input: { a: 1 } }] }, { role: 'user', content: [{ type: 'tool_result' }] }] })
    expect(anthropic?.notes.join(' ')).toContain('max_tokens')
  })
  it('quotes for the shell and for Python', () => {
    const request = requestOf(chat)
    expect(request && write(request, 'curl')).toContain("it'\\''s fine")
    expect(pythonLiteral({ a: [true, null, 'x"y'], b: {} })).toBe('{\n    "a": [\n        True,\n        None,\n        "x\\"y",\n    ],\n    "b": {},\n}')
  })
  it('is not made up where messages were not captured, or for what is no call', () => {
    expect(requestOf(detail({}))).toBeNull()
    expect(requestOf({ ...chat, kind: 'tool' })).toBeNull()
  })
})

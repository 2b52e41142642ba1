import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { problemOf, request } from './client'
import { reach } from './reach'

describe('an answer that is no success', () => {
  it('is told in the words of the server where it has some', () => {
    const body = { error: { code: 'unavailable', message: 'The disk is full.', hint: 'Make room.', request_id: 'r-1' } }
    expect(problemOf(503, body, null)).toEqual({ code: 'unavailable', status: 503, message: 'The disk is full.', hint: 'Make room.', requestId: 'r-1' })
  })
  it('has the place of an error beside the sentence, not in it', () => {
    const { message, at } = problemOf(400, { error: { message: "there is no field 'modl' (at byte 13)" } }, null)
    expect({ message, at }).toEqual({ message: "there is no field 'modl'", at: 13 })
    expect(problemOf(400, { error: { message: 'field 1 ends (at byte 2) of 9' } }, null).message).toBe('field 1 ends (at byte 2) of 9')
  })
  it.each([500, 502, 503, 504, 429])('says what to do at %d, also when a proxy answers in HTML', (status) => {
    const { message, hint, requestId } = problemOf(status, null, 'r-2')
    expect(message).not.toBe('')
    expect(hint).toMatch(/try again/i)
    expect(requestId).toBe('r-2')
  })
  it('promises nothing that the page does not do', () => expect(problemOf(503, null, null).hint).not.toMatch(/by itself/))
})

describe('a question that nobody answers', () => {
  type Answer = readonly [status: number, body: unknown] | 'gone'
  const READY: Answer = [200, { parts: { engine: { ok: true }, settling: { ok: true } } }]
  const STARTING: Answer = [503, { parts: { engine: { ok: false }, settling: { ok: false } } }]
  let probes: Answer[]
  let answers: Answer[]
  let asked: string[]
  beforeEach(() => {
    vi.useFakeTimers()
    asked = []
    vi.stubGlobal('window', { location: { origin: 'http://here' } })
    vi.stubGlobal('fetch', (url: string, init?: RequestInit) => {
      asked.push(`${init?.method ?? 'GET'} ${url}`)
      const next = (url === '/readyz' ? probes : answers).shift() ?? (url === '/readyz' ? READY : [200, { fine: true }] as const)
      return next === 'gone' ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve(new Response(JSON.stringify(next[1]), { status: next[0] }))
    })
  })
  afterEach(async () => {
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reach.now().state).toBe('up')
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })
  const ask = (path = '/api/v1/traces', more = {}) => request<unknown>(path, { project: 'p', ...more })

  it('is asked again when the server is back, and nothing else is asked meanwhile', async () => {
    answers = ['gone', 'gone']
    probes = ['gone', 'gone', STARTING]
    const [first, second] = [ask(), ask('/api/v1/query', { method: 'POST', body: {} })]
    await vi.advanceTimersByTimeAsync(0)
    const third = ask('/api/v1/calls')
    await vi.advanceTimersByTimeAsync(2999)
    expect(asked.filter((what) => !what.endsWith('/readyz')).length).toBe(2)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await Promise.all([first, second, third])).toEqual([{ fine: true }, { fine: true }, { fine: true }])
  })
  it('waits for the engine alone where it needs it', async () => {
    answers = [[503, { error: { code: 'unavailable', message: 'The tables are being made.' } }]]
    probes = [STARTING]
    const waits = ask()
    await vi.advanceTimersByTimeAsync(0)
    expect(await ask('/api/v1/ingest')).toEqual({ fine: true })
    expect(reach.now().state).toBe('starting')
    await vi.advanceTimersByTimeAsync(1000)
    expect(await waits).toEqual({ fine: true })
  })
  it('is given up when it fails each time though the server is there', async () => {
    answers = ['gone', 'gone', 'gone', 'gone', 'gone']
    probes = []
    const refused = expect(ask()).rejects.toThrow('The server does not answer.')
    await vi.advanceTimersByTimeAsync(20_000)
    await refused
    expect(asked.filter((what) => what.endsWith('/traces')).length).toBe(4)
  })
  it.each([[400, 1], [500, 1], [504, 1], [429, 4]])('answered %d by a server that is there, is asked %d times', async (status, times) => {
    answers = [1, 2, 3, 4, 5].map(() => [status, null])
    probes = []
    const refused = expect(ask()).rejects.toThrow()
    await vi.advanceTimersByTimeAsync(20_000)
    await refused
    expect(asked.filter((what) => what.endsWith('/traces')).length).toBe(times)
  })
  it.each<[string, string, { again?: boolean }?]>([['POST', '/api/v1/views'], ['PUT', '/api/v1/project'], ['DELETE', '/api/v1/dashboards/1'], ['POST', '/api/v1/sql', { again: false }]])('%s %s is not sent twice', async (method, path, more = {}) => {
    answers = ['gone']
    probes = ['gone']
    await expect(ask(path, { method, body: {}, ...more })).rejects.toThrow('The server does not answer.')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(asked.filter((what) => what.endsWith(path)).length).toBe(1)
  })
})

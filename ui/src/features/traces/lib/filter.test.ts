import { describe, expect, it } from 'vitest'
import { filterFromSearch, formatFilter, parseFilter, type Filter } from './filter'

describe('the filter as text', () => {
  it('reads fields and words', () => {
    expect(parseFilter('status:error refund  model:gpt-4.1 "lost parcel"')).toEqual({ filter: { status: 'error', model: 'gpt-4.1', q: 'refund lost parcel' }, error: null })
    expect(parseFilter('env:staging').filter).toEqual({ environment: 'staging' })
    expect(parseFilter('   ')).toEqual({ filter: {}, error: null })
  })
  it('names what it cannot read, and where', () => {
    expect(parseFilter('ok colour:red').error).toEqual({ at: 3, message: expect.stringContaining('"colour"') as string })
    expect(parseFilter('user:"u 1').error?.at).toBe(5)
    expect(parseFilter('"open').error?.at).toBe(0)
  })
  const hard: Filter[] = [
    { status: 'error', q: 'status:ok' }, { model: 'my "best" model', q: 'two  spaces' }, { user: 'a:b' }, { q: '"quoted"' }, { q: 'http://x.test/?a=b' }, { session: 'ünï ✓', kind: 'llm' },
    { service: 'back\\slash x', release: '1.2.3+4' }, { q: '{"a": 1}' },
  ]
  it.each(hard.map((filter) => [JSON.stringify(filter), filter] as const))('goes to text and back: %s', (_, filter) => {
    const parsed = parseFilter(formatFilter(filter))
    expect(parsed.error).toBeNull()
    expect(parsed.filter).toEqual(filter)
  })
  it.each(hard.map((filter) => [JSON.stringify(filter), filter] as const))('goes to the URL and back: %s', (_, filter) => {
    const search = Object.fromEntries(new URLSearchParams(new URLSearchParams(filter as Record<string, string>).toString()))
    expect(filterFromSearch({ ...search, peek: 'x', range: '1h' })).toEqual(filter)
  })
})

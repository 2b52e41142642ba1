import { describe, expect, it } from 'vitest'
import { filterLanguage, type FilterOf } from './filter'

type Field = 'status' | 'model' | 'service' | 'user' | 'session' | 'environment' | 'release' | 'kind'
type Filter = FilterOf<Field>
const { parse: parseFilter, format: formatFilter, fromSearch: filterFromSearch } = filterLanguage<Field>({
  fields: ['status', 'model', 'service', 'user', 'session', 'environment', 'release', 'kind'], aliases: { env: 'environment' }, choices: { status: ['ok', 'error'] },
})

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
    expect(parseFilter('status:bad').error).toEqual({ at: 7, message: 'status is one of ok, error.' })
  })
  it('has no words where none are searched', () => {
    const tail = filterLanguage({ fields: ['model'], words: false })
    expect(tail.parse('model:x hello').error).toEqual({ at: 8, message: expect.stringContaining('not searched here') as string })
    expect(tail.fromSearch({ model: 'x', q: 'hello' })).toEqual({ model: 'x' })
  })
  const hard: Filter[] = [
    { status: 'error', q: 'status:ok' }, { model: 'my "best" model', q: 'two  spaces' }, { user: 'a:b' }, { q: '"quoted"' }, { q: 'http://x.test/?a=b' }, { session: 'ünï ✓', kind: 'llm' },
    { service: 'back\\slash x', release: '1.2.3+4' }, { q: '{"a": 1}' }, { q: 'status:bad' },
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
  it('ignores values the URL cannot mean', () => expect(filterFromSearch({ status: 'maybe', model: 'm' })).toEqual({ model: 'm' }))
})

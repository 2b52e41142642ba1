import { describe, expect, it } from 'vitest'
import { addressOf, freeName, readOldViews, splitAddress } from './views'

describe('saved views', () => {
  it('reads what a browser kept, as far as it can be read, and nothing that leads elsewhere', () => {
    expect(readOldViews('[{"name":"a","address":"/calls?filter=x"},{"name":"b","address":"//evil.test"},{"name":"c","address":"https://evil.test"},{"name":1},5]')).toEqual([{ name: 'a', address: '/calls?filter=x' }])
    expect([readOldViews(null), readOldViews('nonsense'), readOldViews('{}')]).toEqual([[], [], []])
  })
  it('takes an address apart and puts it together again', () => {
    const parts = splitAddress('/calls?filter=model%3A%22a+b%22&range=7d&project=demo&theme=dark')
    expect(parts).toEqual({ project: 'demo', page: '/calls', query: 'filter=model%3A%22a+b%22&range=7d' })
    expect(addressOf(parts, 'demo')).toBe('/calls?filter=model%3A%22a+b%22&range=7d&project=demo')
    expect(splitAddress('/')).toEqual({ project: 'default', page: '/', query: '' })
    expect(addressOf({ page: '/', query: '' }, 'default')).toBe('/')
  })
  it('leaves the name to a view that has it', () => {
    expect([freeName('a', []), freeName('a', ['a']), freeName('a', ['a', 'a (from a browser)'])]).toEqual(['a', 'a (from a browser)', 'a (from a browser 2)'])
  })
})

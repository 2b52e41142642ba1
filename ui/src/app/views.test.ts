import { describe, expect, it } from 'vitest'
import { VIEWS_MAX, readViews, withView } from './views'

describe('saved views', () => {
  it('reads what can be read and nothing that leads elsewhere', () => {
    expect(readViews('[{"name":"a","address":"/calls?filter=x"},{"name":"b","address":"//evil.test"},{"name":"c","address":"https://evil.test"},{"name":1},5]')).toEqual([{ name: 'a', address: '/calls?filter=x' }])
    expect([readViews(null), readViews('nonsense'), readViews('{}')]).toEqual([[], [], []])
  })
  it('replaces a view of the same name, newest first', () => {
    const views = [{ name: 'a', address: '/1' }, { name: 'b', address: '/2' }]
    expect(withView(views, { name: 'b', address: '/3' })).toEqual([{ name: 'b', address: '/3' }, { name: 'a', address: '/1' }])
    expect(withView(Array.from({ length: VIEWS_MAX }, (_, i) => ({ name: `v${i}`, address: '/' })), { name: 'new', address: '/' })).toHaveLength(VIEWS_MAX)
  })
})

import { describe, expect, it } from 'vitest'
import { placeOf } from './useChosenRow'

const same = (row: string): string => row

describe('the chosen row', () => {
  it('stays itself when others come before it', () => {
    expect(placeOf(['a', 'b', 'c'], same, { key: 'b', index: 1 })).toBe(1)
    expect(placeOf(['y', 'z', 'a', 'b', 'c'], same, { key: 'b', index: 1 })).toBe(3)
  })
  it('gives its place to another when it is gone', () => {
    expect(placeOf(['a', 'c', 'd'], same, { key: 'b', index: 1 })).toBe(1)
    expect(placeOf(['a'], same, { key: 'b', index: 7 })).toBe(0)
    expect(placeOf([], same, { key: 'b', index: 7 })).toBe(0)
  })
  it('is the first until somebody chooses', () => expect(placeOf(['new', 'a', 'b'], same, { key: null, index: 0 })).toBe(0))
})

import { describe, expect, it } from 'vitest'
import { placeOf } from './place'

describe('the place of an error in a query', () => {
  it('is a line and a column, counted from 1', () => {
    expect(placeOf('SELECT 1', 0)).toBe('line 1, column 1')
    expect(placeOf('SELECT\n  nothing', 9)).toBe('line 2, column 3')
  })
  it('counts letters where the server counts bytes', () => expect(placeOf("SELECT 'Österreich', x", 20)).toBe('line 1, column 20'))
  it('is the end, where the query ends too early', () => expect(placeOf('SELECT 1\n', 99)).toBe('line 2, column 1'))
})

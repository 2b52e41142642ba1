import { describe, expect, it } from 'vitest'
import { boundOf, boundTerm } from './largest'

describe('the largest calls', () => {
  it('lie above the bound of the bucket that holds the last wanted one', () => {
    const histogram = [[1, 2, 100], [2, 3, 40], [3, 4, 0], [4, 5, 7], [9, 10, 3]] as const
    expect(boundOf(histogram, 5)).toEqual({ bound: 4, count: 150 })
    expect(boundOf(histogram, 10)).toEqual({ bound: 4, count: 150 })
    expect(boundOf(histogram, 11)).toEqual({ bound: 2, count: 150 })
    expect(boundOf(histogram, 1000)).toEqual({ bound: 1, count: 150 })
    expect(boundOf([], 5)).toEqual({ bound: null, count: 0 })
  })
  it('are asked for in the words of the filter language', () => {
    expect(boundTerm('duration', 2_000_000_000)).toBe('duration>=1999800000ns')
    expect(boundTerm('cost_usd', 0.000012345)).toBe('cost_usd>=0.000012344')
    expect(boundTerm('input_tokens', 0)).toBe('input_tokens>=0')
  })
})

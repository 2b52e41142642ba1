import { describe, expect, it } from 'vitest'
import { brushed, bucketAt, ghostTotal, isSparse, stack, stepOf } from './series'

const one = (values: (number | null)[], ghost?: (number | null)[]) => ({ name: 'x', colour: '--s1', values, ...(ghost ? { ghost } : {}) })

describe('stacking', () => {
  it('sums upward and leaves holes where nothing is known', () => {
    expect(stack([one([1, null, null]), one([2, 3, null])])).toEqual([[1, 0, null], [3, 3, null]])
    expect(stack([])).toEqual([])
  })
  it('adds ghosts', () => {
    expect(ghostTotal([one([1], [4, null]), one([1], [2, null])])).toEqual([6, null])
    expect(ghostTotal([one([1])])).toBeNull()
  })
})

describe('buckets', () => {
  const times = [0, 10, 20, 30]
  it('finds the bucket of a time', () => expect([-1, 0, 9, 10, 35].map((ms) => bucketAt(times, ms))).toEqual([-1, 0, 0, 1, 3]))
  it('snaps a brush to whole buckets, either way drawn', () => {
    expect(brushed(times, 12, 25)).toEqual([10, 30])
    expect(brushed(times, 25, 12)).toEqual([10, 30])
    expect(brushed(times, -5, 3)).toEqual([0, 10])
    expect(brushed([], 1, 2)).toBeNull()
  })
  it('takes the shortest step', () => expect([stepOf([0, 31, 59]), stepOf([5])]).toEqual([28, 3_600_000]))
})

it('calls a series sparse when a third of it is unknown', () => {
  expect([isSparse([1, null, 3]), isSparse([1, 2, 3, null]), isSparse([null, null]), isSparse([1]), isSparse([1, 2])]).toEqual([true, false, false, true, false])
})

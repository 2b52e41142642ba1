import { expect, it } from 'vitest'
import { boundsWords, countWords, timeWords } from './heatwords'

const MINUTE = 60_000
const START = Date.parse('2026-11-21T15:40:00Z')

it('says a cell with its units', () => {
  expect([boundsWords('ns', 810e6, 905e6), boundsWords('tokens', 1200, 1350), boundsWords('usd', 0.001, 0.0042)]).toEqual(['810 ms to 905 ms', '1.20k to 1.35k tok', '$0.0010 to $0.0042'])
})

it('says how many, and what part of their time', () => {
  expect([countWords([1, 3], 1, 'call'), countWords([0, 1], 1, 'call')]).toEqual(['3 calls, 75% of this time', '1 call'])
})

it('says the day of a time once', () => {
  expect([timeWords(START, START + 20 * MINUTE), timeWords(START, START + 24 * 60 * MINUTE)]).toEqual(['21 Nov 15:40 – 16:00', '21 Nov 15:40 – 22 Nov 15:40'])
})

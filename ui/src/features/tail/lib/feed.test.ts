import { describe, expect, it } from 'vitest'
import type { CallRow } from '@/api/types'
import { EMPTY_FEED, ROWS_MAX, arrive, release } from './feed'
import { retryDelay } from './source'

const call = (name: string) => ({ name }) as CallRow
const names = (rows: readonly { call: CallRow }[]) => rows.map((row) => row.call.name)

describe('the feed of the tail', () => {
  it('has the newest first and counts', () => {
    const feed = arrive(arrive(EMPTY_FEED, [call('a'), call('b')], false), [call('c')], false)
    expect(names(feed.rows)).toEqual(['c', 'b', 'a'])
    expect(feed.rows.map((row) => row.number)).toEqual([2, 1, 0])
    expect(feed.received).toBe(3)
  })
  it('stands still while paused, and shows what waited when told to', () => {
    const shown = arrive(EMPTY_FEED, [call('a')], false)
    const paused = arrive(arrive(shown, [call('b')], true), [call('c')], true)
    expect(paused.rows).toBe(shown.rows)
    expect(paused.waitingCount).toBe(2)
    const going = release(paused)
    expect(names(going.rows)).toEqual(['c', 'b', 'a'])
    expect([going.waitingCount, going.waiting.length]).toEqual([0, 0])
  })
  it('holds no more than it says, shown or waiting, but counts all', () => {
    const many = Array.from({ length: ROWS_MAX + 500 }, (_, i) => call(String(i)))
    const feed = arrive(arrive(EMPTY_FEED, many, false), many, true)
    expect([feed.rows.length, feed.waiting.length, feed.waitingCount]).toEqual([ROWS_MAX, ROWS_MAX, ROWS_MAX + 500])
    expect(release(feed).rows.length).toBe(ROWS_MAX)
    expect(release(feed).rows[0]?.call.name).toBe(String(ROWS_MAX + 499))
  })
})

it('asks again later and later, but not never', () => {
  expect([0, 1, 2, 3, 4, 20].map(retryDelay)).toEqual([1000, 2000, 4000, 8000, 15000, 15000])
})

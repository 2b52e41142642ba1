// What the live tail holds: rows that are shown, and, while it is paused, rows that wait. Both are bounded; what falls
// off the end is the oldest. Pure: a feed goes in, a feed comes out.
import type { CallRow } from '@/api/types'

/** Rows kept in memory, shown and waiting each: some minutes of a busy system, a few megabytes of previews. */
export const ROWS_MAX = 2000

export interface TailRow {
  /** Counts up as rows arrive: names a row for as long as it lives. */
  number: number
  call: CallRow
}

export interface Feed {
  /** Newest first. */
  rows: readonly TailRow[]
  /** Arrived while paused, newest first. */
  waiting: readonly TailRow[]
  /** How many arrived while paused, also those that are no longer held. */
  waitingCount: number
  received: number
}

export const EMPTY_FEED: Feed = { rows: [], waiting: [], waitingCount: 0, received: 0 }

/** `calls` in the order of their arrival. */
export function arrive(feed: Feed, calls: readonly CallRow[], paused: boolean): Feed {
  if (calls.length === 0) return feed
  const numbered = calls.map((call, index): TailRow => ({ number: feed.received + index, call })).reverse()
  const received = feed.received + calls.length
  if (paused) return { ...feed, received, waiting: [...numbered, ...feed.waiting].slice(0, ROWS_MAX), waitingCount: feed.waitingCount + calls.length }
  return { ...feed, received, rows: [...numbered, ...feed.rows].slice(0, ROWS_MAX) }
}

/** Shows what has waited. */
export function release(feed: Feed): Feed {
  if (feed.waitingCount === 0) return feed
  return { ...feed, rows: [...feed.waiting, ...feed.rows].slice(0, ROWS_MAX), waiting: [], waitingCount: 0 }
}

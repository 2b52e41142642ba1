// What a session's rows and turns say in words and numbers. Unknown is a dash, what has no price is "unpriced".
import type { Turn, TurnScore, WhyBad } from '@/api/threads'
import type { SpanDetail } from '@/api/types'
import { formatUsd } from '@/base/money'
import { parseTime } from '@/base/time'
import { plural } from '@/base/tokens'

const WHY: Readonly<Record<WhyBad, string>> = {
  error: 'the answer failed', refusal: 'the model refused', length: 'stopped at its length limit', negative_feedback: 'negative feedback', low_score: 'a low score',
}

export const whyBad = (why: WhyBad | null): string => (why === null ? '' : WHY[why])

/** What the moment is called that the list is ordered by: the last turn of a session only where every turn counts. */
export function orderWords(filtered: boolean, ended: boolean): { name: string; title: string } {
  if (!filtered && !ended) return { name: 'Last turn', title: 'When the last turn began' }
  return { name: 'Last match', title: `When the latest turn ${filtered ? 'that matches ' : ''}${ended ? 'in the chosen time ' : ''}began` }
}

/** Whether a time with this end was over when it was asked about. */
export const isOver = (to: string | undefined, askedAtMs: number): boolean => to !== undefined && parseTime(to) < askedAtMs

export interface Priced {
  cost_usd: string | null
  unpriced_count: number
  call_count: number
}

/** Nothing paid is a dash; calls without any price are "unpriced"; some without are counted behind. */
export function costText(row: Priced): { text: string; note: string; known: boolean } {
  const unpriced = row.unpriced_count > 0 ? `and ${plural(row.unpriced_count, 'unpriced call')}` : ''
  if (row.cost_usd === null || (row.unpriced_count > 0 && row.unpriced_count >= row.call_count)) {
    return { text: row.unpriced_count > 0 ? 'unpriced' : '—', note: '', known: false }
  }
  return { text: formatUsd(row.cost_usd) + (unpriced === '' ? '' : ' +?'), note: unpriced, known: true }
}

/** Tokens in and out together; null where neither is known. */
export const tokensOf = (row: { input_tokens: number | null; output_tokens: number | null }): number | null =>
  row.input_tokens === null && row.output_tokens === null ? null : (row.input_tokens ?? 0) + (row.output_tokens ?? 0)

/** `faithfulness 0.62`, `thumbs down`. A number is cut to what one reads. */
export function scoreText(score: TurnScore): string {
  // A verdict of yes or no comes as a number as well, which says nothing more.
  const value = score.value === null || /^(true|false|yes|no)$/i.test(score.label ?? '') ? '' : ` ${Number.isInteger(score.value) ? score.value : score.value.toFixed(2)}`
  return `${score.name}${value}${score.label === null ? '' : ` ${score.label}`}`
}

/** Where a value changes from one turn to the next: releases, models. */
export const changedFrom = (before: string | null | undefined, now: string | null): boolean => before !== undefined && before !== null && now !== null && before !== now

/** A turn in the shape in which the content of a span is shown. */
export function detailOf(turn: Turn): SpanDetail {
  return {
    trace_id: turn.trace_id, span_id: turn.span_id ?? '', kind: 'llm', output_tokens: null,
    input_messages: turn.input, output_messages: turn.output, tool_definitions: [], attributes: [], resource: [], events: [], links: [], price: null, timeline: null,
  }
}

/** The next bad turn after (or before) `from`, going round; −1 where there is none. */
export function nextBad(turns: readonly Turn[], from: number, step: 1 | -1): number {
  for (let i = 1; i <= turns.length; i++) {
    const index = (((from + i * step) % turns.length) + turns.length) % turns.length
    if (turns[index]?.is_bad === true) return index
  }
  return -1
}

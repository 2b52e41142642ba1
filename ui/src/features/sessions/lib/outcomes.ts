// What a sample of sessions says of conversations: how many went bad, how long and how dear they are. Pure.
import type { SessionRow } from '@/api/threads'
import { nanoUsd } from '@/base/money'

export interface Outcomes {
  count: number
  /** Sessions with a turn that failed, was refused, was cut at its limit or judged bad. */
  failed: number
  /** The middle, and what 5 of 100 are longer than. */
  turnsMedian: number | null
  turnsP95: number | null
  /** Mean in nano-dollars over sessions of which every call has a price. */
  cost: number | null
  priced: number
}

function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null
}

export function outcomesOf(sessions: readonly SessionRow[]): Outcomes {
  const turns = sessions.map((session) => session.trace_count).sort((a, b) => a - b)
  const costs = sessions.flatMap((session) => {
    const cost = nanoUsd(session.cost_usd)
    return cost === null || session.unpriced_count > 0 ? [] : [cost]
  })
  return {
    count: sessions.length, failed: sessions.filter((session) => session.first_bad_turn !== null).length, turnsMedian: quantile(turns, 0.5), turnsP95: quantile(turns, 0.95),
    cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0) / costs.length, priced: costs.length,
  }
}

/** Of the sessions that somebody judged, how many did what was asked. */
export interface Completion {
  name: string
  done: number
  judged: number
}

/** What a score is called that says whether a task was done. */
export const COMPLETION_NAMES = '^(task|goal)?[ _.-]?(complet|success|resol|solved|reached|done)'
/** Labels that say yes where a score has no value. */
export const DONE_LABELS = ['solved', 'resolved', 'complete', 'completed', 'done', 'success', 'succeeded', 'reached', 'yes', 'true', 'pass', 'passed'] as const

/** The latest score of each session, its own or one of its turns', of the name that judges most of them. Turns are looked for only while the sessions lasted. */
export const COMPLETION_SQL = `SELECT name, countIf(done = 1) AS finished, count() AS judged FROM (
SELECT session, name, argMax(good, time) AS done FROM (
SELECT if(s.session_id != '', s.session_id, t.session_id) AS session, s.name AS name, s.time AS time,
  toUInt8(if(isNotNull(s.value), ifNull(s.value, 0) >= 0.5, lower(s.label) IN (${DONE_LABELS.map((label) => `'${label}'`).join(', ')}))) AS good
FROM scores AS s LEFT JOIN (SELECT trace_id, session_id FROM traces WHERE session_id IN {ids:Array(String)}
  AND start_time >= parseDateTime64BestEffort({start:String}, 9, 'UTC') AND start_time <= parseDateTime64BestEffort({end:String}, 9, 'UTC')) AS t ON s.trace_id = t.trace_id
WHERE match(lower(s.name), '${COMPLETION_NAMES}')
) WHERE session IN {ids:Array(String)} GROUP BY session, name
) GROUP BY name ORDER BY judged DESC, name LIMIT 1`

/** The parameters of COMPLETION_SQL; nothing of no sessions. */
export function completionParams(sessions: readonly Pick<SessionRow, 'session_id' | 'start_time' | 'end_time'>[]): { ids: string[]; start: string; end: string } | null {
  // Times of one form: their order is that of their texts.
  const [start, end] = [sessions.map((session) => session.start_time).sort()[0], sessions.map((session) => session.end_time).sort().at(-1)]
  return start === undefined || end === undefined ? null : { ids: sessions.map((session) => session.session_id), start, end }
}

export function completionOf(rows: readonly (readonly unknown[])[]): Completion | null {
  const row = rows[0]
  return row === undefined ? null : { name: String(row[0] ?? ''), done: Number(row[1] ?? 0), judged: Number(row[2] ?? 0) }
}

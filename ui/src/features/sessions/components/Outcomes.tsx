// How conversations go: failure and task completion, over the newest sessions that match, beside the period before.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { rowsQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { newestSessionsQuery, type SessionRow } from '@/api/threads'
import { useWindow, type Window } from '@/api/useWindow'
import { TELLING_COUNT, formatRatio, type Mood } from '@/base/measure'
import { formatNanoUsd } from '@/base/money'
import { parseTime } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'
import { Change } from '@/widgets/metric'
import { Late, ProblemLine } from '@/widgets/states'
import { COMPLETION_SQL, completionOf, completionParams, outcomesOf } from '../lib/outcomes'

const TITLES = ['Conversation failure', 'Task completion', 'Turns', 'Cost per session'] as const

interface Params { from?: string; to?: string; filter?: string }

function useSample(params: Params | null): { sessions: readonly SessionRow[] | undefined; more: boolean; completion: ReturnType<typeof completionOf>; error: unknown; again: () => void } {
  const { project } = useScope()
  const { data, error, refetch } = useQuery({ ...newestSessionsQuery(project, { ...params }), enabled: params !== null })
  const asked = completionParams(data?.sessions ?? [])
  const judged = useQuery({ ...rowsQuery(project, COMPLETION_SQL, asked ?? { ids: [], start: '', end: '' }), enabled: asked !== null })
  return { sessions: params === null ? undefined : data?.sessions, more: data?.next_cursor != null, completion: judged.data && asked !== null ? completionOf(judged.data.rows) : null, error: error ?? judged.error, again: () => void (error ? refetch() : judged.refetch()) }
}

/** The time of equal length before; nothing where a list has no beginning. */
function before(params: Params, window: Window | null): Params | null {
  if (params.from === undefined || window === null) return null
  const start = parseTime(window.from)
  return { ...params, from: new Date(2 * start - parseTime(window.to)).toISOString(), to: new Date(start).toISOString() }
}

export function Outcomes({ params }: { params: Params }): ReactNode {
  const now = useSample(params)
  const was = useSample(before(params, useWindow()))
  if (now.error) return <ProblemLine what="How conversations go could not be read" problem={asProblem(now.error)} onRetry={now.again} />
  if (now.sessions === undefined) return <section className="outcomes" aria-busy="true">{TITLES.map((title) => <Cell key={title} title={title} value={null} note="" />)}</section>
  if (now.sessions.length === 0) return null
  const [found, old] = [outcomesOf(now.sessions), was.sessions && was.sessions.length > 0 ? outcomesOf(was.sessions) : null]
  const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null)
  const { completion } = now
  // Few conversations on a side: the change is said, not judged.
  const judged = (now: number, then: number): { mood?: Mood } => (Math.min(now, then) < TELLING_COUNT ? { mood: 'neutral' } : {})
  const done = completion === null ? null : share(completion.done, completion.judged)
  const doneBefore = was.completion !== null && was.completion.name === completion?.name ? share(was.completion.done, was.completion.judged) : null
  return (
    <section className="outcomes" aria-label="How conversations go">
      <Cell title="Conversation failure" value={formatRatio(found.failed / found.count)} note={`${formatCount(found.failed)} of ${now.more ? 'the newest ' : ''}${formatCount(found.count)} have a bad turn`}
        change={old && <Change measure="error_rate" unit="ratio" now={found.failed / found.count} before={share(old.failed, old.count)} {...judged(found.count, old.count)} />} />
      <Cell title="Task completion" value={done === null ? '—' : formatRatio(done)} note={completion === null ? 'no score named task_completion or the like' : `${completion.name}: ${formatCount(completion.done)} of ${formatCount(completion.judged)} judged`}
        change={done !== null && doneBefore !== null && <Change measure="tool_success_rate" unit="ratio" now={done} before={doneBefore} {...judged(completion?.judged ?? 0, was.completion?.judged ?? 0)} />} />
      <Cell title="Turns" value={formatCount(found.turnsMedian)} note={`in the middle; 5 of 100 have ${formatCount(found.turnsP95)} or more`} />
      <Cell title="Cost per session" value={found.cost === null ? 'unpriced' : formatNanoUsd(Math.round(found.cost))} note={found.priced === 0 ? 'in each, some call has no price' : found.priced === found.count ? 'mean of all of them' : `mean of the ${plural(found.priced, 'session')} with a price`}
        change={found.cost !== null && old?.cost != null && <Change measure="sum(cost_usd)" unit="usd" now={found.cost / 1e9} before={old.cost / 1e9} {...judged(found.priced, old.priced)} />} />
    </section>
  )
}

function Cell({ title, value, note, change }: { title: string; value: string | null; note: string; change?: ReactNode }): ReactNode {
  return (
    <div className="outcome">
      <span className="t2 small">{title}</span>
      <span className="row">{value === null ? <Late><i className="skeleton" /></Late> : <b className={value === '—' || value === 'unpriced' ? 't3' : 'strong'}>{value}</b>}{change !== false && change != null && <span className="small nowrap">{change}</span>}</span>
      <span className="t3 small clip" title={note}>{note || '\u00a0'}</span>
    </div>
  )
}

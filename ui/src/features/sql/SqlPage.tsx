// A plain SQL console over the public views: write, run, cancel, read, take along.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Link } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { asProblem, type Problem } from '@/api/client'
import { runSql } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { Cell, SqlAnswer } from '@/api/types'
import { isTraceId } from '@/base/ids'
import { formatCount, plural } from '@/base/tokens'
import { CopyButton } from '@/widgets/copy'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { toCsvRows } from '@/base/csv'
import './sql.css'

const HINTS: readonly Hint[] = [['⌘↵', 'run'], ['Esc', 'leave the text'], ['?', 'all keys']]
const SHOWN_ROWS = 500
const FIRST = `SELECT response_model, count() AS calls, sum(cost_usd) AS cost_usd, quantile(0.95)(ttft_ns) / 1e6 AS p95_ttft_ms
FROM calls
WHERE start_time > now() - INTERVAL 1 DAY
GROUP BY response_model
ORDER BY calls DESC`

type Outcome = { answer: SqlAnswer } | { problem: Problem } | 'running' | null

export function SqlPage(): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as { query?: string }
  const [text, setText] = useState(search.query ?? FIRST)
  const [outcome, setOutcome] = useState<Outcome>(null)
  const running = useRef<AbortController | null>(null)
  useFace({ title: 'SQL', hints: HINTS }, 'sql')
  useEffect(() => () => running.current?.abort(), [])
  const cancel = (): void => {
    running.current?.abort()
    setOutcome(null)
  }
  const run = (): void => {
    running.current?.abort()
    const controller = new AbortController()
    running.current = controller
    setOutcome('running')
    void navigate({ to: '.', search: (old) => ({ ...old, query: text }) as never, replace: true })
    runSql(project, text, controller.signal).then(
      (answer) => controller.signal.aborted || setOutcome({ answer }),
      (error: unknown) => controller.signal.aborted || setOutcome({ problem: asProblem(error) }),
    )
  }
  useKeys({ 'mod+enter': run, '/': () => document.querySelector<HTMLElement>('[data-sql]')?.focus() })
  return (
    <div className="sql">
      <h1 className="hidden">SQL</h1>
      <textarea data-sql value={text} spellCheck={false} rows={8} aria-label="SQL" className="mono" onChange={(event) => setText(event.target.value)} />
      <div className="row sqlbar wrap">
        {outcome === 'running' ? <button type="button" className="btn" onClick={cancel}><Icon name="stop" size={12} /> Cancel</button>
          : <button type="button" className="btn primary" onClick={run}><Icon name="play" size={12} /> Run</button>}
        <kbd>⌘↵</kbd>
        <span className="t3 small">read-only, over the views spans, calls, messages, call_messages, tool_calls, traces, sessions, price_rows …</span>
        {outcome !== null && typeof outcome === 'object' && 'answer' in outcome && <Taken answer={outcome.answer} />}
      </div>
      {outcome === 'running' && <SkeletonRows count={8} />}
      {outcome !== null && typeof outcome === 'object' && 'problem' in outcome && <ProblemBox what={outcome.problem.status >= 400 && outcome.problem.status < 500 ? 'The query was refused' : 'The query was not answered'} problem={outcome.problem} onRetry={run} />}
      {outcome !== null && typeof outcome === 'object' && 'answer' in outcome && <Answer answer={outcome.answer} />}
    </div>
  )
}

function Taken({ answer }: { answer: SqlAnswer }): ReactNode {
  const save = (): void => {
    const address = URL.createObjectURL(new Blob([toCsvRows([answer.columns.map((column) => column.name), ...answer.rows])], { type: 'text/csv' }))
    const link = document.createElement('a')
    link.href = address
    link.download = 'vitrine.csv'
    link.click()
    URL.revokeObjectURL(address)
  }
  return (
    <span className="push row">
      <span className="t2 small num">{plural(answer.rows.length, 'row')} in {Math.round(answer.elapsed_ms)} ms</span>
      <button type="button" className="btn tiny" onClick={save}><Icon name="download" size={12} /> CSV</button>
      <CopyButton className="btn tiny" label="Copy JSON" text={() => JSON.stringify(answer, null, 2)} />
    </span>
  )
}

function Answer({ answer }: { answer: SqlAnswer }): ReactNode {
  const numeric = useMemo(() => answer.columns.map((column) => /Int|Float|Decimal/.test(column.type)), [answer])
  if (answer.rows.length === 0) return <p className="sqlempty t2">No rows.</p>
  return (
    <div className="sqlanswer" tabIndex={0} role="region" aria-label="Answer">
      <table>
        <thead><tr>{answer.columns.map((column, index) => <th key={column.name + index} className={numeric[index] ? 'n' : ''} title={column.type}>{column.name}</th>)}</tr></thead>
        <tbody>{answer.rows.slice(0, SHOWN_ROWS).map((row, at) => (
          <tr key={at}>{row.map((cell, index) => <td key={index} className={numeric[index] ? 'n' : ''}><SqlCell value={cell} name={answer.columns[index]?.name ?? ''} /></td>)}</tr>
        ))}</tbody>
      </table>
      {answer.rows.length > SHOWN_ROWS && <p className="sqlempty t2">The first {SHOWN_ROWS} of {formatCount(answer.rows.length)} rows are shown. The CSV has all of them.</p>}
    </div>
  )
}

function SqlCell({ value, name }: { value: Cell; name: string }): ReactNode {
  if (value === null) return <span className="t3">null</span>
  if (name === 'trace_id' && typeof value === 'string' && isTraceId(value)) return <Link to="/traces/$traceId" params={{ traceId: value }} className="link mono">{value}</Link>
  if (value === '') return <span className="t3" title="empty text">''</span>
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return <span className="sqlcell">{text.length > 400 ? text.slice(0, 400) + '…' : text}</span>
}

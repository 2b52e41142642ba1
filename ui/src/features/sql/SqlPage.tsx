// The SQL console over the public views: write with completion, run, cancel, read as table or chart, take along.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Suspense, lazy, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { asProblem, type Problem } from '@/api/client'
import { runSql } from '@/api/queries'
import { whenThere } from '@/api/reach'
import { useScope } from '@/api/scope'
import type { Cell, SqlAnswer } from '@/api/types'
import { toCsvRows } from '@/base/csv'
import { isTraceId } from '@/base/ids'
import { formatCount, plural } from '@/base/tokens'
import { CopyButton, saveText } from '@/widgets/copy'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { keyName, useKeys } from '@/widgets/keys'
import { useMedia } from '@/widgets/size'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { useSideways } from '@/widgets/wide'
import { AnswerChart } from './components/AnswerChart'
import type { EditorHandle } from './components/Editor'
import { Schema } from './components/Schema'
import { chartOf, readable } from './lib/chart'
import { placeOf } from './lib/place'
import { viewsQuery } from './lib/views'
import './sql.css'

const Editor = lazy(() => whenThere(() => import('./components/Editor')).then((file) => ({ default: file.Editor })))

const HINTS: readonly Hint[] = [['⌘↵', 'run'], ['Esc', 'leave the text, cancel'], ['/', 'to the text'], ['v', 'table, chart'], ['e', 'CSV'], ['?', 'all keys']]
const SHOWN_ROWS = 500
const FIRST = `SELECT response_model, count() AS calls, sum(cost_usd) AS cost_usd, quantile(0.95)(ttft_ns) / 1e6 AS p95_ttft_ms
FROM calls
WHERE start_time > now() - INTERVAL 1 DAY
GROUP BY response_model
ORDER BY calls DESC`

const EXAMPLES: readonly (readonly [name: string, query: string])[] = [
  ['Cost by hour', `SELECT toStartOfHour(start_time) AS hour, count() AS calls, sum(cost_usd) AS cost_usd\nFROM calls\nWHERE start_time > now() - INTERVAL 1 DAY\nGROUP BY hour\nORDER BY hour`],
  ['Slowest calls', `SELECT start_time, request_model, duration_ns / 1e9 AS seconds, output_tokens, trace_id\nFROM calls\nORDER BY duration_ns DESC\nLIMIT 50`],
  ['Dearest calls', `SELECT start_time, request_model, feature, user_id, input_tokens, output_tokens, cost_usd, trace_id\nFROM calls\nWHERE cost_usd IS NOT NULL\nORDER BY cost_usd DESC\nLIMIT 50`],
  ['Errors by kind', `SELECT kind, error_type, count() AS spans, any(status_message) AS example\nFROM spans\nWHERE status = 'error'\nGROUP BY kind, error_type\nORDER BY spans DESC`],
]

type Outcome = { answer: SqlAnswer } | { problem: Problem } | 'running' | null

/** A refusal says where in the query, as the editor counts. */
const inQuery = (problem: Problem, query: string): Problem => (problem.at === undefined ? problem : { ...problem, message: `${problem.message} (${placeOf(query, problem.at)})` })

export function SqlPage(): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as { query?: string }
  const [text, setText] = useState(search.query ?? FIRST)
  const [outcome, setOutcome] = useState<Outcome>(null)
  const [view, setView] = useState<'table' | 'chart'>('table')
  const running = useRef<AbortController | null>(null)
  const editor = useRef<EditorHandle | null>(null)
  const views = useQuery(viewsQuery(project))
  const roomy = useMedia('(min-width: 1000px)')
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
    // It may be heavy: whoever wrote it says whether it is asked again.
    runSql(project, text, controller.signal, {}, false).then(
      (answer) => controller.signal.aborted || setOutcome({ answer }),
      (error: unknown) => controller.signal.aborted || setOutcome({ problem: inQuery(asProblem(error), text) }),
    )
  }
  const answer = outcome !== null && typeof outcome === 'object' && 'answer' in outcome ? outcome.answer : null
  const chart = useMemo(() => (answer ? chartOf(answer) : null), [answer])
  useKeys({
    'mod+enter': run, '/': () => editor.current?.focus(), 'v': () => chart && setView(view === 'table' ? 'chart' : 'table'),
    'e': () => answer && saveCsv(answer), ...(outcome === 'running' ? { Escape: cancel } : {}),
  })
  const write = (query: string): void => {
    setText(query)
    editor.current?.set(query)
  }
  return (
    <div className="sql">
      <h1 className="hidden">SQL</h1>
      {roomy && <Schema views={views.data ?? []} pending={views.isPending} problem={views.error ? asProblem(views.error) : null} onRetry={() => void views.refetch()} onInsert={(name) => editor.current?.insert(name)} />}
      <div className="sqlmain">
        <div className="sqlbox"><Suspense fallback={<pre className="sqlplain" aria-label="SQL">{text}</pre>}>
          <Editor text={text} views={views.data ?? []} onChange={setText} onRun={run} onReady={(handle) => { editor.current = handle }} />
        </Suspense></div>
        <div className="row sqlbar wrap">
          {outcome === 'running' ? <button type="button" className="btn" onClick={cancel}><Icon name="stop" size={12} /> Cancel</button>
            : <button type="button" className="btn primary" onClick={run}><Icon name="play" size={12} /> Run</button>}
          <kbd>{keyName('⌘↵')}</kbd>
          <label className="row small t2">Example <select className="chooser" value="" onChange={(event) => { const found = EXAMPLES.find(([name]) => name === event.target.value); if (found) write(found[1]) }}><option value="">choose …</option>{EXAMPLES.map(([name]) => <option key={name}>{name}</option>)}</select></label>
          {answer && (
            <span className="push row wrap">
              <span className="t2 small num">{plural(answer.rows.length, 'row')} in {Math.round(answer.elapsed_ms)} ms</span>
              <span className="seg" role="group" aria-label="View"><button type="button" aria-pressed={view === 'table' || !chart} onClick={() => setView('table')}>Table</button><button type="button" aria-pressed={view === 'chart' && chart !== null} disabled={!chart} title={chart ? '' : 'A chart needs a column of time or words, and one of numbers'} onClick={() => setView('chart')}>Chart</button></span>
              <button type="button" className="btn tiny" onClick={() => saveCsv(answer)}><Icon name="download" size={12} /> CSV</button>
              <CopyButton className="btn tiny" label="Copy JSON" text={() => JSON.stringify(answer, null, 2)} />
            </span>
          )}
        </div>
        {outcome === null && <p className="sqlempty t3">Read-only, over the public views. {keyName('⌘↵')} runs; what was run stands in the address.</p>}
        {outcome === 'running' && <SkeletonRows count={8} />}
        {outcome !== null && typeof outcome === 'object' && 'problem' in outcome && <ProblemBox what={outcome.problem.status >= 400 && outcome.problem.status < 500 ? 'The query was refused' : 'The query was not answered'} problem={outcome.problem} onRetry={run} />}
        {answer && (view === 'chart' && chart ? <AnswerChart chart={chart} /> : <Answer answer={answer} />)}
      </div>
    </div>
  )
}

const saveCsv = (answer: SqlAnswer): void => saveText('vitrine.csv', toCsvRows([answer.columns.map((column) => column.name), ...answer.rows]), 'text/csv')

function Answer({ answer }: { answer: SqlAnswer }): ReactNode {
  const numeric = useMemo(() => answer.columns.map((column) => /Int|Float|Decimal/.test(column.type)), [answer])
  const box = useRef<HTMLDivElement>(null)
  const { more } = useSideways(box)
  if (answer.rows.length === 0) return <p className="sqlempty t2">No rows.</p>
  return (
    <div className={more ? 'sideways more sqlframe' : 'sideways sqlframe'}><div className="sqlanswer" ref={box} tabIndex={0} role="region" aria-label="Answer">
      <table>
        <thead><tr>{answer.columns.map((column, index) => <th key={column.name + index} className={numeric[index] ? 'n' : ''} title={column.type}>{column.name}</th>)}</tr></thead>
        <tbody>{answer.rows.slice(0, SHOWN_ROWS).map((row, at) => (
          <tr key={at}>{row.map((cell, index) => <td key={index} className={numeric[index] ? 'n' : ''}><SqlCell value={cell} name={answer.columns[index]?.name ?? ''} /></td>)}</tr>
        ))}</tbody>
      </table>
      {answer.rows.length > SHOWN_ROWS && <p className="sqlempty t2">The first {SHOWN_ROWS} of {formatCount(answer.rows.length)} rows are shown. The CSV has all of them.</p>}
    </div></div>
  )
}

function SqlCell({ value, name }: { value: Cell; name: string }): ReactNode {
  if (value === null) return <span className="t3">null</span>
  if (name === 'trace_id' && typeof value === 'string' && isTraceId(value)) return <Link to="/traces/$traceId" params={{ traceId: value }} className="link mono">{value}</Link>
  if (value === '') return <span className="t3" title="empty text">''</span>
  if (typeof value === 'number' && !Number.isInteger(value)) return <span className="sqlcell" title={String(value)}>{readable(value)}</span>
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return <span className="sqlcell">{text.length > 400 ? text.slice(0, 400) + '…' : text}</span>
}

// Two traces side by side: where they part first, and what differs in each step. Without a second trace: which to compare with.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { useScope } from '@/api/scope'
import { diffQuery, similarQuery, type DiffAnswer } from '@/api/threads'
import { isTraceId, shortId } from '@/base/ids'
import { formatMoment, formatDuration } from '@/base/time'
import { formatUsd } from '@/base/money'
import { formatCount, plural } from '@/base/tokens'
import { clamp } from '@/base/values'
import { readSpanContent } from '@/features/span'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { PageSkeleton } from '@/widgets/skeletons'
import { Empty, ProblemBox, SkeletonRows } from '@/widgets/states'
import { CallDiff } from './components/CallDiff'
import { StepPairs } from './components/StepPairs'
import { divergenceWords, pairWords, stepName } from './lib/steps'
import './compare.css'

const PICK_HINTS: readonly Hint[] = [['J K', 'trace'], ['↵', 'compare'], ['/', 'id'], ['y', 'copy link'], ['Esc', 'back']]
const HINTS: readonly Hint[] = [['J K', 'step'], ['n', 'next difference'], ['v', 'first divergence'], ['s', 'swap'], ['y', 'copy link'], ['Esc', 'back']]

export function TraceDiffPage(): ReactNode {
  const { traceId, otherId } = useParams({ strict: false }) as { traceId: string; otherId?: string }
  useEffect(() => void readSpanContent(), [])
  useFace({
    title: 'Two traces', narrow: true, hints: otherId === undefined ? PICK_HINTS : HINTS,
    crumb: <><span className="sep">/</span><Link to="/traces" className="deep">Traces</Link><span className="sep deep">/</span><Link to="/traces/$traceId" params={{ traceId }} className="deep">{shortId(traceId, 6)}</Link><span className="sep deep">/</span><span className="clip">Compare</span></>,
  }, `tracediff ${traceId} ${otherId ?? ''}`)
  return otherId === undefined ? <Pick traceId={traceId} /> : <Diff key={`${traceId} ${otherId}`} a={traceId} b={otherId} />
}

/** The traces that began alike, and a field for any other id. */
function Pick({ traceId }: { traceId: string }): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const { data, error, isPending, refetch } = useQuery(similarQuery(project, traceId))
  const [text, setText] = useState('')
  const id = text.trim().toLowerCase()
  const open = (otherId: string): void => void navigate({ to: '/traces/$traceId/diff/$otherId', params: { traceId, otherId } })
  const list = useRef<HTMLUListElement>(null)
  const move = (step: number): void => {
    const rows = [...(list.current?.querySelectorAll('button') ?? [])]
    rows[clamp(rows.findIndex((row) => row === document.activeElement) + step, 0, rows.length - 1)]?.focus()
  }
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1), '/': () => document.querySelector<HTMLElement>('.pickpage input')?.focus(),
    // The row that has the focus; without one the first, which began most alike.
    Enter: () => (list.current?.querySelector<HTMLElement>('button:focus') ?? list.current?.querySelector('button'))?.click(),
    Escape: () => void navigate({ to: '/traces/$traceId', params: { traceId } }),
  })
  if (error && asProblem(error).status === 404) {
    return (
      <Empty title="This trace is not here">
        <p>No span of <code>{shortId(traceId, 10)}</code> is stored in project <b>{project}</b>, so there is nothing to compare. It may belong to another project, or be older than what is kept.</p>
        <Link to="/traces" className="btn">Back to traces</Link>
      </Empty>
    )
  }
  return (
    <div className="pickpage">
      <h1>Compare trace <code>{shortId(traceId, 8)}</code> with</h1>
      <form className="row" onSubmit={(event) => { event.preventDefault(); if (isTraceId(id)) open(id) }}>
        <label className="field grow"><Icon name="search" size={13} /><input value={text} onChange={(event) => setText(event.target.value)} placeholder="A trace id" aria-label="Trace id" spellCheck={false} /></label>
        <button type="submit" className="btn primary" disabled={!isTraceId(id)}>Compare</button>
      </form>
      <h2>Traces that began with the same input</h2>
      {isPending && <SkeletonRows count={5} />}
      {error && <ProblemBox what="Similar traces could not be read" problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data?.traces.length === 0 && <p className="t2">None. No other trace's first model call brought in the same last message, or this one was sent without its messages.</p>}
      <ul className="similar" ref={list}>
        {data?.traces.map((trace) => (
          <li key={trace.trace_id}>
            <button type="button" onClick={() => open(trace.trace_id)}>
              <span className="mono t2 began">{formatMoment(trace.start_time)}</span>
              <b className="clip">{trace.name}</b>
              <span className="went">{trace.status === 'error' && <span className="err row"><Icon name="error" size={12} /> failed</span>}</span>
              <span className="t2 num">{formatDuration(trace.duration_ns)}</span>
              <span className="t2 num">{trace.cost_usd === null ? '—' : formatUsd(trace.cost_usd)}</span>
              <span className="t3 clip release">{trace.release ?? ''}</span>
              <span className="clip t2 answer" dir="auto">{trace.output_preview ?? ''}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Diff({ a, b }: { a: string; b: string }): ReactNode {
  const { project } = useScope()
  const { data, error, isPending, refetch } = useQuery(diffQuery(project, a, b))
  if (isPending) return <PageSkeleton count={18} title="Two traces" />
  if (error) {
    const problem = asProblem(error)
    if (problem.status === 404) {
      return (
        <Empty title="One of the two traces is not here">
          <p>Spans of <code>{shortId(a, 10)}</code> or of <code>{shortId(b, 10)}</code> are not stored in project <b>{project}</b>. They may belong to another project, or be older than what is kept.</p>
          <p className="row wrap">{[a, b].map((traceId, index) => <Link key={traceId} to="/traces/$traceId" params={{ traceId }} className="btn">Open {index === 0 ? 'A' : 'B'}</Link>)}<Link to="/traces" className="btn">Back to traces</Link></p>
        </Empty>
      )
    }
    return <ProblemBox alone what="The two traces could not be compared" problem={problem} onRetry={() => void refetch()} />
  }
  if (data.steps.length === 0) {
    return <Empty title="Nothing to compare"><p>Neither trace has a model call, a tool, a retrieval, a guardrail or an agent.</p><Link to="/traces" className="btn">Back to traces</Link></Empty>
  }
  return <View a={a} b={b} answer={data} />
}

function View({ a, b, answer }: { a: string; b: string; answer: DiffAnswer }): ReactNode {
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as { step?: string }
  const { steps, first_divergence: parted } = answer
  const linked = Number(search.step ?? NaN)
  const [selected, setSelected] = useState(Number.isInteger(linked) ? clamp(linked, 0, steps.length - 1) : (parted ?? 0))
  const different = useMemo(() => steps.flatMap((pair, index) => (pair.same === 'same' ? [] : [index])), [steps])
  const select = (index: number): void => {
    setSelected(index)
    void navigate({ to: '.', search: (old) => ({ ...old, step: String(index) }) as never, replace: true })
  }
  const next = (step: 1 | -1): void => {
    const list = step === 1 ? different : [...different].reverse()
    const index = list.find((at) => (step === 1 ? at > selected : at < selected)) ?? list[0]
    if (index !== undefined) select(index)
  }
  const move = (step: number): void => select(clamp(selected + step, 0, steps.length - 1))
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1), Home: () => select(0), End: () => select(steps.length - 1),
    n: () => next(1), N: () => next(-1), v: () => parted !== null && select(parted),
    s: () => void navigate({ to: '/traces/$traceId/diff/$otherId', params: { traceId: b, otherId: a } }),
    Escape: () => void navigate({ to: '/traces/$traceId', params: { traceId: a } }),
  })
  const pair = steps[selected]
  return (
    <div className="tracediff">
      <header className="comparehead">
        <h1>{parted === null ? 'Both went the same way' : <>They part at step <b>{formatCount(parted + 1)}</b></>}</h1>
        {parted !== null && steps[parted] && <span className="t2 clip">{divergenceWords(steps[parted])}</span>}
        <span className="push row small t2 nowrap">{different.length === 0 ? 'no step differs' : `${plural(different.length, 'step')} of ${formatCount(steps.length)} differ`}
          {parted !== null && <button type="button" className="btn tiny" onClick={() => select(parted)}>First divergence <kbd>v</kbd></button>}</span>
      </header>
      <StepPairs a={a} b={b} steps={steps} parted={parted} selected={selected} onSelect={select} />
      <section className="stepdetail" aria-label="Selected step" tabIndex={0}>
        {pair && <h2 className="row"><span className="clip">{stepName(pair.a ?? pair.b ?? ({} as never))}</span><span className={pair.same === 'same' ? 't3' : 'badge'}>{pair.same === 'same' ? 'the same in both' : pairWords(pair)}</span></h2>}
        {pair?.a && pair.b && <CallDiff key={`${pair.a.span_id} ${pair.b.span_id}`} a={{ traceId: a, spanId: pair.a.span_id }} b={{ traceId: b, spanId: pair.b.span_id }} />}
        {pair && (!pair.a || !pair.b) && (
          <p className="t2">This step ran in {pair.a ? 'A' : 'B'} alone. <Link className="link" to="/traces/$traceId" params={{ traceId: pair.a ? a : b }} search={{ span: (pair.a ?? pair.b)?.span_id } as never}>Open it in its trace</Link></p>
        )}
      </section>
    </div>
  )
}

// One trace on the screen: strip, tools, overview, table, panel; and the keys that move through them.
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { spanQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { KINDS, type TraceAnswer } from '@/api/types'
import { formatCount, plural } from '@/base/tokens'
import { requestOf, write } from '@/features/span'
import { copyText } from '@/widgets/copy'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { useMedia } from '@/widgets/size'
import { AgentGraph } from './components/AgentGraph'
import { Budget } from './components/Budget'
import { Overview } from './components/Overview'
import { SpanPanel } from './components/SpanPanel'
import { SpanTree, type TreeHandle } from './components/SpanTree'
import { Strip } from './components/Strip'
import { useTraceState, type TraceState } from './hooks/useTraceState'
import { CALL_KINDS, criticalShare, type TraceModel } from './lib/model'
import { callBefore, findRows, hasChildren, nextOf, placeOf } from './lib/rows'
import { TABS, VIEWS, type ViewName } from './lib/search'

export function TraceView({ answer, model }: { answer: TraceAnswer; model: TraceModel }): ReactNode {
  const state = useTraceState(model)
  const tree = useRef<TreeHandle>(null)
  const narrow = useMedia('(max-width: 1100px)')
  const phone = useMedia('(max-width: 720px)')
  const [sheet, setSheet] = useState(state.deepLinked)
  const [onlyCritical, setOnlyCritical] = useState(false)
  const [said, setSaid] = useState<string | null>(null)
  const found = useMemo(() => findRows(model, state.find), [model, state.find])
  const foundSet = useMemo(() => new Set(found), [found])
  const { selected, visible } = state
  const opened = useRef(false)
  useEffect(() => {
    tree.current?.show(selected, opened.current ? 'nearest' : 'center')
    opened.current = true
  }, [selected, visible])
  useEffect(() => tree.current?.focus(), [])
  useEffect(() => {
    if (said === null) return
    const timer = setTimeout(() => setSaid(null), 2200)
    return () => clearTimeout(timer)
  }, [said])
  useTraceKeys({ answer, model, state, sheet, setSheet, toggleCritical: () => setOnlyCritical((old) => !old), say: setSaid })
  const panel = (
    <SpanPanel traceId={answer.trace.trace_id} model={model} row={selected} tab={state.tab} onTab={state.setTab} onSelect={state.select}
      onClose={narrow ? () => setSheet(false) : null} />
  )
  return (
    <div className="tracepage">
      <Strip trace={answer.trace} model={model} spanId={model.spanIds[selected] ?? null} missing={answer.missing_parents.length} />
      <section className="traceleft" aria-label="Spans">
        <Tools model={model} state={state} found={found} onlyCritical={onlyCritical} onCritical={() => setOnlyCritical(!onlyCritical)} />
        {state.view === 'tree' && <Overview model={model} zoom={state.zoom} onZoom={state.setZoom} />}
        {state.view === 'graph' && <AgentGraph model={model} selected={selected} onSelect={(row) => { state.select(row); setSheet(true) }} />}
        {state.view === 'budget' && <Budget model={model} onSelect={(row) => { state.select(row); setSheet(true) }} />}
        {state.view === 'tree' && <SpanTree handle={tree} model={model} visible={visible} folded={state.folded} selected={selected} zoom={state.zoom} found={foundSet}
          onlyCritical={onlyCritical} phone={phone} onFold={state.fold} onZoom={state.setZoom}
          onSelect={(row, open) => { state.select(row); if (open) setSheet(true) }} />}
      </section>
      {(!narrow || sheet) && <div className={narrow ? 'sheet' : 'traceright'}>{panel}</div>}
      <p className={said === null ? 'toast hidden' : 'toast'} role="status">{said}</p>
    </div>
  )
}

const VIEW_NAMES: Readonly<Record<ViewName, string>> = { tree: 'Tree', graph: 'Graph', budget: 'Budget' }

function Tools({ model, state, found, onlyCritical, onCritical }: {
  model: TraceModel
  state: TraceState
  found: readonly number[]
  onlyCritical: boolean
  onCritical: () => void
}): ReactNode {
  const share = useMemo(() => Math.round(criticalShare(model, 'llm') * 100), [model])
  const errors = model.errorRows.length
  const place = found.indexOf(state.selected)
  const step = (by: 1 | -1): void => {
    const row = nextOf(found, state.selected, by)
    if (row >= 0) state.select(row)
  }
  return (
    <div className="tracetools">
      <span className="seg" role="group" aria-label="View">
        {VIEWS.map((view) => <button key={view} type="button" aria-pressed={state.view === view} onClick={() => state.setView(view)} title="v">{VIEW_NAMES[view]}</button>)}
      </span>
      <label className="field find">
        <Icon name="search" size={13} />
        <input data-find value={state.find} placeholder="Find in trace" aria-label="Find in trace" spellCheck={false}
          onChange={(event) => state.setFind(event.target.value)}
          onKeyDown={(event) => { if (event.key === 'Enter') { event.preventDefault(); step(event.shiftKey ? -1 : 1) } }} />
        {state.find === '' ? <kbd>/</kbd> : <span className="num nowrap small" role="status">{found.length === 0 ? 'none' : `${place < 0 ? '' : `${formatCount(place + 1)} of `}${formatCount(found.length)}`}</span>}
      </label>
      {state.view === 'tree' && <><button type="button" className="btn quiet wideonly" onClick={state.foldAll} title="f">{state.folded.size > 0 ? 'Unfold all' : 'Fold'}</button>
      <button type="button" className="btn quiet" aria-pressed={onlyCritical} onClick={onCritical} title="p">
        Critical path{share > 0 && <b className="strong wideonly">{share}% model</b>}
      </button></>}
      {errors > 0 && (
        <button type="button" className="btn quiet push" onClick={() => state.select(nextOf(model.errorRows, state.selected, 1))}>
          <span className="err"><Icon name="error" size={13} /></span> <span className="wideonly">Next of</span> {plural(errors, 'error')} <kbd>n</kbd>
        </button>
      )}
    </div>
  )
}

interface KeyContext {
  answer: TraceAnswer
  model: TraceModel
  state: TraceState
  sheet: boolean
  setSheet: (open: boolean) => void
  toggleCritical: () => void
  say: (text: string) => void
}

function useTraceKeys({ answer, model, state, sheet, setSheet, toggleCritical, say }: KeyContext): void {
  const navigate = useNavigate()
  const client = useQueryClient()
  const { project } = useScope()
  const { selected, visible, folded } = state
  const move = (step: number): void => state.select(visible[Math.max(0, Math.min(visible.length - 1, placeOf(visible, selected) + step))] ?? 0)
  const left = (): void => {
    if (hasChildren(model, selected) && !folded.has(selected)) state.fold(selected)
    else if ((model.parent[selected] ?? -1) >= 0) state.select(model.parent[selected] ?? 0)
  }
  const right = (): void => {
    if (folded.has(selected)) state.fold(selected)
    else if (hasChildren(model, selected)) state.select(selected + 1)
  }
  const error = (step: 1 | -1): void => {
    const row = nextOf(model.errorRows, selected, step)
    if (row >= 0) state.select(row)
    else say('No span of this trace failed')
  }
  const zoomToSpan = (): void => {
    const start = (model.start[selected] ?? 0) - model.origin
    const length = Math.max(model.duration[selected] || 0, model.span / 10_000)
    state.setZoom([Math.max(0, start - length * 0.05), Math.min(model.span, start + length * 1.05)])
  }
  const copyCurl = (): void => {
    if ((model.source[selected] ?? -1) < 0) return say('This span was not received')
    void client.ensureQueryData(spanQuery(project, answer.trace.trace_id, model.spanIds[selected] ?? '')).then(async (detail) => {
      const request = requestOf(detail)
      say(request === null ? 'Only a model call with its messages can be copied as curl' : (await copyText(write(request, 'curl'))) ? 'Copied as curl' : 'The browser does not allow copying here')
    }, () => say('The span could not be read'))
  }
  const openCall = (): void => {
    if ((model.source[selected] ?? -1) < 0 || !CALL_KINDS.has(KINDS[model.kind[selected] ?? 0] ?? '')) return say('This span is not a model call')
    void navigate({ to: '/calls/$traceId/$spanId', params: { traceId: answer.trace.trace_id, spanId: model.spanIds[selected] ?? '' } })
  }
  const compareCalls = (): void => {
    const before = callBefore(model, selected)
    if (before < 0) return say(CALL_KINDS.has(KINDS[model.kind[selected] ?? 0] ?? '') ? 'No model call was made before this one' : 'This span is not a model call')
    const traceId = answer.trace.trace_id
    void navigate({ to: '/calls/$traceId/$spanId/diff/$otherTrace/$otherSpan', params: { traceId, spanId: model.spanIds[before] ?? '', otherTrace: traceId, otherSpan: model.spanIds[selected] ?? '' } })
  }
  const nextView = (): void => state.setView(VIEWS[(VIEWS.indexOf(state.view) + 1) % VIEWS.length] ?? 'tree')
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1),
    PageDown: () => move(20), PageUp: () => move(-20), Home: () => state.select(visible[0] ?? 0), End: () => state.select(visible[visible.length - 1] ?? 0),
    ArrowLeft: left, ArrowRight: right, h: left, l: right, f: state.foldAll,
    n: () => error(1), N: () => error(-1), p: toggleCritical, z: zoomToSpan, '0': () => state.setZoom(null), c: copyCurl, o: openCall, d: compareCalls, v: nextView,
    m: () => void navigate({ to: '/traces/$traceId/diff', params: { traceId: answer.trace.trace_id } }),
    L: () => void navigate({ to: '/traces/$traceId/cache', params: { traceId: answer.trace.trace_id } }),
    Enter: () => setSheet(true), Space: () => setSheet(!sheet),
    '/': () => document.querySelector<HTMLElement>('[data-find]')?.focus(),
    ...Object.fromEntries(TABS.map((tab, index) => [String(index + 1), () => { state.setTab(tab); setSheet(true) }])),
    Escape: () => {
      if (sheet && window.matchMedia('(max-width: 1100px)').matches) setSheet(false)
      else if (state.find !== '') state.setFind('')
      else if (state.zoom) state.setZoom(null)
      else void navigate({ to: '/traces' })
    },
  })
}

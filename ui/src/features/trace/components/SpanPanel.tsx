// The selected span: its head, and its content in tabs. Content is asked for when a span is selected, not before.
import * as Tabs from '@radix-ui/react-tabs'
import { Link } from '@tanstack/react-router'
import { Suspense, useEffect, useState, type ReactNode } from 'react'
import { KINDS } from '@/api/types'
import { formatNanoUsd } from '@/base/money'
import { formatDuration } from '@/base/time'
import { formatTokens, plural } from '@/base/tokens'
import { errorLabel } from '@/features/span'
import { Icon, KindIcon } from '@/widgets/icons'
import { SkeletonRows } from '@/widgets/states'
import { CALL_KINDS, type TraceModel } from '../lib/model'
import { TABS, type Tab } from '../lib/search'
import { SpanBody } from './SpanBody'

/** Moving with J held down must not ask for every span on the way. */
const SETTLE_MS = 90

const TITLES: Readonly<Record<Tab, string>> = { chat: 'Chat', raw: 'Raw', details: 'Details', reproduce: 'Reproduce' }

interface Props {
  traceId: string
  model: TraceModel
  row: number
  tab: Tab
  onTab: (tab: Tab) => void
  onSelect: (row: number) => void
  onClose: (() => void) | null
}

export function SpanPanel(props: Props): ReactNode {
  const { model, row, tab } = props
  const [settled, setSettled] = useState(row)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(row), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [row])
  const synthetic = (model.source[settled] ?? -1) < 0
  return (
    <aside className="spanpanel" aria-label="Selected span">
      <Head {...props} />
      <Tabs.Root value={tab} onValueChange={(value) => props.onTab(value as Tab)} className="spantabs" activationMode="manual">
        <Tabs.List className="tabs" aria-label="Views of the span">
          {TABS.map((id) => <Tabs.Trigger key={id} value={id}>{TITLES[id]}</Tabs.Trigger>)}
        </Tabs.List>
        {TABS.map((id) => (
          <Tabs.Content key={id} value={id} className="pane" tabIndex={0}>
            {synthetic ? <Missing model={model} row={settled} /> : <Suspense fallback={<SkeletonRows count={6} />}><SpanBody traceId={props.traceId} model={model} row={settled} tab={id} onSelect={props.onSelect} /></Suspense>}
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </aside>
  )
}

function Missing({ model, row }: { model: TraceModel; row: number }): ReactNode {
  let children = 0
  for (let child = row + 1; child < (model.end[row] ?? 0); child = model.end[child] ?? model.count) children++
  return (
    <div className="nocontent">
      <p>The span <code>{model.spanIds[row]}</code> was never received, but {plural(children, 'span')} name it as their parent.</p>
      <p className="t2">It may still be open, have been dropped by a sampler or by an exporter, or be sent by a service that does not report here. Its place and length are those of its children.</p>
    </div>
  )
}

function Head({ traceId, model, row, onClose }: Props): ReactNode {
  const kind = KINDS[model.kind[row] ?? 0] ?? 'other'
  const synthetic = (model.source[row] ?? -1) < 0
  const text = (field: string): string | null => {
    const cell = model.cell(row, field)
    return typeof cell === 'string' && cell !== '' ? cell : null
  }
  const number = (field: string): number | null => {
    const cell = model.cell(row, field)
    return typeof cell === 'number' ? cell : null
  }
  const asked = text('request_model')
  const answered = text('response_model')
  const input = number('input_tokens')
  const cached = number('cached_input_tokens')
  const finish = text('finish_reason')
  const cost = model.cost[row] ?? NaN
  const facts: (readonly [string, string] | null)[] = [
    answered === null && asked === null ? null : ['', answered !== null && asked !== null && answered !== asked ? `${asked} → ${answered}` : (answered ?? asked ?? '')],
    Number.isNaN(model.duration[row] ?? NaN) ? null : ['took', formatDuration(model.duration[row])],
    Number.isNaN(model.ttft[row] ?? NaN) ? null : ['first token', formatDuration(model.ttft[row])],
    input === null ? null : ['in', formatTokens(input)],
    cached === null || input === null || input === 0 ? null : ['cached', `${Math.round((cached / input) * 100)}%`],
    number('output_tokens') === null ? null : ['out', formatTokens(number('output_tokens'))],
    !Number.isNaN(cost) ? ['cost', formatNanoUsd(cost)] : model.unpriced[row] === 1 ? ['cost', 'unpriced'] : null,
    text('service') === null ? null : ['service', text('service') ?? ''],
  ]
  return (
    <header className="spanhead">
      <div className="row">
        <KindIcon kind={synthetic ? 'other' : kind} size={20} />
        <h2 className="clip" dir="auto" title={model.names[row]}>{model.names[row] === '' ? <span className="t3">unnamed</span> : model.names[row]}</h2>
        {model.error[row] === 1 && <span className="badge err"><Icon name="error" size={11} weight={1.8} /><span className="clip">{errorLabel(text('error_type'))}</span></span>}
        {model.critical[row] === 1 && <span className="badge">critical path</span>}
        {finish !== null && finish !== 'stop' && <span className={finish === 'length' || finish === 'content_filter' ? 'badge warn' : 'badge'}><span className="clip">{finish}</span></span>}
        {!synthetic && CALL_KINDS.has(kind) && (
          <Link to="/calls/$traceId/$spanId" params={{ traceId, spanId: model.spanIds[row] ?? '' }} className="btn tiny push">Call <kbd>o</kbd></Link>
        )}
        {onClose && <button type="button" className={synthetic || !CALL_KINDS.has(kind) ? 'btn icon quiet push' : 'btn icon quiet'} onClick={onClose} aria-label="Close"><Icon name="close" size={14} /></button>}
      </div>
      <div className="kv">{facts.map((fact) => fact && <span key={fact[0]} title={fact[1].length > 40 ? fact[1] : undefined}>{fact[0]} <b>{fact[1]}</b></span>)}</div>
    </header>
  )
}

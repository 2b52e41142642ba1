// A trace opened in place: its shape, its question and answer, the way in.
import { useQuery } from '@tanstack/react-query'
import { useMemo, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { traceQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { TraceRow } from '@/api/types'
import { formatTokens, plural } from '@/base/tokens'
import { MiniWaterfall, buildTrace, type TraceModel } from '@/features/trace'
import { CopyButton } from '@/widgets/copy'
import { Icon } from '@/widgets/icons'
import { Late } from '@/widgets/states'

/** Larger traces are opened on their own page: reading one in whole for a glance is not what a glance is for. */
const PEEK_SPANS_MAX = 20_000

/** Names of failed spans, each once, with how often it failed. */
function failedNames(model: TraceModel): string[] {
  const counts = new Map<string, number>()
  for (const row of model.errorRows) counts.set(model.names[row] ?? '', (counts.get(model.names[row] ?? '') ?? 0) + 1)
  return [...counts].slice(0, 3).map(([name, count]) => (count > 1 ? `${name} ×${count}` : name))
}

export function Peek({ trace, onOpen, onClose }: { trace: TraceRow; onOpen: () => void; onClose: () => void }): ReactNode {
  const { project } = useScope()
  const small = trace.span_count <= PEEK_SPANS_MAX
  const { data, error } = useQuery({ ...traceQuery(project, trace.trace_id), enabled: small })
  const model = useMemo(() => data && buildTrace(data.spans), [data])
  const failures = useMemo(() => (model ? failedNames(model) : []), [model])
  return (
    <div className="peek" role="group" aria-label={`Trace ${trace.name}`}>
      <div>
        <p className="row small">
          <b className="strong nowrap">{plural(trace.span_count, 'span')}{trace.error_count > 0 && <span className="err">, {trace.error_count} failed</span>}</b>
          {failures.length > 0 && <span className="clip err push">{failures.join(', ')}</span>}
        </p>
        {model ? <MiniWaterfall model={model} /> : error ? <p className="err small">{asProblem(error).message}</p>
          : small ? <Late><i className="skeleton" style={{ height: 32 }} /></Late> : <p className="t3 small">Too large for a glance: open it.</p>}
        <p className="t2 small text" dir="auto"><span className="t3">Asked </span>{trace.input_preview ?? '—'}</p>
      </div>
      <div>
        <p className="row small"><b className="strong">Answer</b><span className="t3 push">{formatTokens(trace.output_tokens)} tok out</span></p>
        <p className="text small" dir="auto">{trace.output_preview ?? <span className="t3">No text came back, or it was not captured.</span>}</p>
        <p className="row wrap">
          <button type="button" className="btn primary tiny" onClick={onOpen}>Open trace ↵</button>
          <CopyButton className="btn tiny" label="Copy id" text={trace.trace_id} />
          <button type="button" className="btn tiny quiet push" onClick={onClose} aria-label="Close"><Icon name="close" size={12} /></button>
        </p>
      </div>
    </div>
  )
}

// The content of the selected span in one of its tabs: asked for when the span is selected, never with the trace.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { spanQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { KINDS, type SpanDetail } from '@/api/types'
import { Icon } from '@/widgets/icons'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import type { TraceModel } from '../lib/model'
import type { Tab } from '../lib/search'
import { Chat } from './Chat'
import { Details } from './Details'
import { Raw } from './Raw'
import { Reproduce } from './Reproduce'

interface Props {
  traceId: string
  model: TraceModel
  row: number
  tab: Tab
  onSelect: (row: number) => void
}

export function SpanBody({ traceId, model, row, tab, onSelect }: Props): ReactNode {
  const { project } = useScope()
  const { data, error, isPending, refetch } = useQuery(spanQuery(project, traceId, model.spanIds[row] ?? ''))
  if (isPending) return <SkeletonRows count={6} />
  if (error || !data) return <ProblemBox what="The content of this span could not be read" problem={asProblem(error)} onRetry={() => void refetch()} />
  const failure = <Failure detail={data} />
  if (tab === 'raw') return <>{failure}<Raw detail={data} key={data.span_id} /></>
  if (tab === 'details') return <>{failure}<Details detail={data} /></>
  if (tab === 'reproduce') return <Reproduce detail={data} />
  return <>{failure}<Chat detail={data} key={data.span_id} onOpenTool={(name) => openerOf(model, row, name, onSelect)} /></>
}

/** The span that ran a tool this call asked for: the first tool span of that name that starts after the call. */
function openerOf(model: TraceModel, row: number, name: string, onSelect: (row: number) => void): (() => void) | null {
  const from = model.start[row] ?? 0
  const tool = KINDS.indexOf('tool')
  for (let other = 0; other < model.count; other++) {
    if (model.kind[other] === tool && other !== row && (model.start[other] ?? 0) >= from && (model.cell(other, 'tool_name') === name || model.names[other] === name)) return () => onSelect(other)
  }
  return null
}

function Failure({ detail }: { detail: SpanDetail }): ReactNode {
  if (detail['status'] !== 'error') return null
  const type = typeof detail['error_type'] === 'string' ? detail['error_type'] : null
  const message = typeof detail['status_message'] === 'string' ? detail['status_message'] : ''
  return (
    <div className="failure">
      <Icon name="error" size={14} />
      <div><b className="strong">{type ?? 'failed'}{typeof detail['http_status'] === 'number' && ` · HTTP ${detail['http_status']}`}</b>{message !== '' && <p className="plain">{message.slice(0, 4000)}</p>}</div>
    </div>
  )
}

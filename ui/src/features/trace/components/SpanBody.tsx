// The content of the selected span in one of its tabs: asked for when the span is selected, never with the trace.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { spanQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { Chat, Details, Failure, Raw, Reproduce, textOf, type ToolCallPlace } from '@/features/span'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import type { TraceModel } from '../lib/model'
import { toolRows } from '../lib/rows'
import type { Tab } from '../lib/search'

/** So many spans are read to find the one that carries the id of a tool call. */
const CANDIDATES_MAX = 12

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
  const client = useQueryClient()
  /** Opens the span that ran a tool call: of several that may have, the one that carries its id. */
  const openerOf = (call: ToolCallPlace): (() => void) | null => {
    // The tool's own span repeats the call it answers: it is open already.
    const rows = data?.['kind'] === 'tool' ? [] : toolRows(model, row, call).slice(0, CANDIDATES_MAX)
    const likely = rows[0]
    if (likely === undefined) return null
    if (rows.length === 1 || call.id === null) return () => onSelect(likely)
    return () => {
      const read = rows.map((other) => client.ensureQueryData(spanQuery(project, traceId, model.spanIds[other] ?? '')).then((span) => textOf(span, 'tool_call_id') === call.id, () => false))
      void Promise.all(read).then((matches) => onSelect(rows[matches.indexOf(true)] ?? likely))
    }
  }
  if (isPending) return <SkeletonRows count={6} />
  if (error || !data) return <ProblemBox what="The content of this span could not be read" problem={asProblem(error)} onRetry={() => void refetch()} />
  const failure = <Failure detail={data} />
  if (tab === 'raw') return <>{failure}<Raw detail={data} key={data.span_id} /></>
  if (tab === 'details') return <>{failure}<Details detail={data} /></>
  if (tab === 'reproduce') return <Reproduce detail={data} />
  return <>{failure}<Chat detail={data} key={data.span_id} onOpenTool={(call) => openerOf(call)} /></>
}

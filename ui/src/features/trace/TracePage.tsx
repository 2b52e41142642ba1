// The trace page: reads one trace, builds its model, shows it. Waiting, absence and failure are said here.
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useEffect, useMemo, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { traceQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { quoted } from '@/base/filter'
import { cutText, isTraceId, shortId } from '@/base/ids'
import { formatMoment } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'
import { zoneLabel } from '@/base/zone'
import { NotThere } from '@/features/missing'
import { readSpanContent } from '@/features/span'
import { useFace, type Hint } from '@/widgets/hints'
import { PageSkeleton } from '@/widgets/skeletons'
import { ProblemBox } from '@/widgets/states'
import { buildTrace } from './lib/model'
import { TraceView } from './TraceView'
import './trace.css'

const HINTS: readonly Hint[] = [
  ['J K', 'span'], ['← →', 'fold'], ['/', 'find'], ['n', 'next error'], ['p', 'critical path'], ['v', 'view'], ['1 – 4', 'tab'], ['z', 'zoom to span'],
  ['0', 'whole trace'], ['c', 'copy as curl'], ['o', 'open call'], ['d', 'compare with the call before'], ['m', 'compare traces'], ['y', 'copy link'], ['Esc', 'back'],
]

export function TracePage(): ReactNode {
  const traceId = (useParams({ strict: false }) as { traceId: string }).traceId
  const { project } = useScope()
  const { data, error, isPending, refetch } = useQuery(traceQuery(project, traceId))
  const model = useMemo(() => data && buildTrace(data.spans), [data])
  useEffect(() => void readSpanContent(), [])
  const name = data ? `${data.trace.name || 'trace'} · ${formatMoment(data.trace.start_time)} ${zoneLabel()}` : shortId(traceId, 8)
  useFace({
    title: data?.trace.name ?? 'Trace', narrow: true, hints: HINTS,
    crumb: <><span className="sep">/</span><Link to="/traces" className="deep">Traces</Link><span className="sep deep">/</span><span className="clip">{name}</span></>,
    status: data ? <span>{plural(data.trace.span_count, 'span')}{data.missing_parents.length > 0 ? `, ${plural(data.missing_parents.length, 'parent')} missing` : ''}</span> : undefined,
  }, `trace ${traceId} ${data ? data.trace.span_count : ''}`)
  if (isPending) return <PageSkeleton count={18} height={25} title="Trace" />
  if (error || !data || !model) {
    const problem = asProblem(error)
    if (problem.status === 404 || (problem.status === 400 && !isTraceId(traceId))) return <Missing traceId={traceId} project={project} />
    return <ProblemBox alone what="The trace could not be read" problem={problem} onRetry={() => void refetch()} />
  }
  if (model.count === 0) return <Missing traceId={traceId} project={project} />
  return <TraceView key={traceId} answer={data} model={model} />
}

function Missing({ traceId, project }: { traceId: string; project: string }): ReactNode {
  if (!isTraceId(traceId)) {
    return (
      <NotThere title="This is not a trace id" impossible ways={<>
        <Link to="/sessions/$sessionId" params={{ sessionId: traceId }} className="btn">Open it as a session</Link>
        <Link to="/traces" search={{ filter: quoted(traceId) } as never} className="btn">Search traces for it</Link>
        <Link to="/traces" className="btn">Back to traces</Link>
      </>}>
        <p>A trace id has 32 hexadecimal digits; <code>{cutText(traceId, 60)}</code> {/^[0-9a-f]*$/i.test(traceId) ? `has ${formatCount(traceId.length)}: it may have been cut when it was copied.` : 'is something else.'}</p>
      </NotThere>
    )
  }
  return (
    <NotThere title="This trace is not here" ways={<Link to="/traces" className="btn">Back to traces</Link>}>
      <p>No span of <code>{shortId(traceId, 10)}</code> is stored in project <b>{project}</b>. It may belong to another project, be older than what is kept, or not have been sent yet.</p>
    </NotThere>
  )
}

// The page of one call: reads it, says when it is not there, shows it.
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useEffect, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { attemptsQuery, spanQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { cutText, isSpanId, isTraceId, shortId } from '@/base/ids'
import { formatMoment } from '@/base/time'
import { zoneLabel } from '@/base/zone'
import { NotThere } from '@/features/missing'
import { readSpanContent, textOf } from '@/features/span'
import { useFace, type Hint } from '@/widgets/hints'
import { PageSkeleton } from '@/widgets/skeletons'
import { ProblemBox } from '@/widgets/states'
import { CallView } from './CallView'
import './call.css'

const HINTS: readonly Hint[] = [
  ['← →', 'delta'], ['s', 'next stall'], ['0', 'whole call'], ['1 – 7', 'tab'], ['J K', 'attempt'], ['c', 'copy as curl'], ['t', 'its trace'], ['y', 'copy link'], ['Esc', 'back'],
]

export function CallPage(): ReactNode {
  const { traceId, spanId } = useParams({ strict: false }) as { traceId: string; spanId: string }
  const { project } = useScope()
  const { data, error, isPending, refetch } = useQuery(spanQuery(project, traceId, spanId))
  // Other attempts are an addition: a server that cannot say still shows the call.
  const attempts = useQuery({ ...attemptsQuery(project, traceId, spanId), retry: false })
  useEffect(() => void readSpanContent(), [])
  const start = data ? textOf(data, 'start_time') : null
  const name = (data ? textOf(data, 'name') : null) ?? shortId(spanId, 8)
  useFace({
    title: name, narrow: true, hints: HINTS,
    crumb: <><span className="sep">/</span><Link to="/calls" className="deep">Calls</Link><span className="sep deep">/</span><span className="clip">{name}{start === null ? '' : ` · ${formatMoment(start)} ${zoneLabel()}`}</span></>,
    status: data && textOf(data, 'capture') !== null ? <span>through {textOf(data, 'capture')}</span> : undefined,
  }, `call ${traceId} ${spanId} ${data ? '1' : ''}`)
  if (isPending) return <PageSkeleton count={18} title="Call" />
  if (error || !data) {
    const problem = asProblem(error)
    if (problem.status === 404 || (problem.status === 400 && !(isTraceId(traceId) && isSpanId(spanId)))) return <Missing spanId={spanId} traceId={traceId} project={project} />
    return <ProblemBox alone what="The call could not be read" problem={problem} onRetry={() => void refetch()} />
  }
  return <CallView key={`${traceId}/${spanId}`} detail={data} attempts={attempts.data?.attempts ?? []} />
}

function Missing({ traceId, spanId, project }: { traceId: string; spanId: string; project: string }): ReactNode {
  const possible = isTraceId(traceId) && isSpanId(spanId)
  return (
    <NotThere title={possible ? 'This call is not here' : 'These are not the ids of a call'} impossible={!possible} ways={<><Link to="/calls" className="btn">Back to calls</Link>{isTraceId(traceId) && <Link to="/traces/$traceId" params={{ traceId }} className="btn">Look at its trace</Link>}</>}>
      {possible ? <p>No span <code>{shortId(spanId, 10)}</code> of trace <code>{shortId(traceId, 10)}</code> is stored in project <b>{project}</b>. It may belong to another project, be older than what is kept, or not have been sent yet.</p>
        : <p>A trace id has 32 hexadecimal digits and a span id 16; the address has <code>{cutText(traceId, 40)}</code> and <code>{cutText(spanId, 40)}</code>. One may have been cut when it was copied.</p>}
    </NotThere>
  )
}

// Any two calls compared: what they were asked, what they answered, what they were made with.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { spanQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { shortId } from '@/base/ids'
import { useFace, type Hint } from '@/widgets/hints'
import { useKeys } from '@/widgets/keys'
import { Empty } from '@/widgets/states'
import { CallDiff, type SpanPlace } from './components/CallDiff'
import './compare.css'

const HINTS: readonly Hint[] = [['y', 'copy link'], ['Esc', 'back']]

export function CallDiffPage(): ReactNode {
  const ids = useParams({ strict: false }) as { traceId: string; spanId: string; otherTrace: string; otherSpan: string }
  const [a, b]: [SpanPlace, SpanPlace] = [{ traceId: ids.traceId, spanId: ids.spanId }, { traceId: ids.otherTrace, spanId: ids.otherSpan }]
  const navigate = useNavigate()
  const { project } = useScope()
  const errors = [useQuery(spanQuery(project, a.traceId, a.spanId)).error, useQuery(spanQuery(project, b.traceId, b.spanId)).error]
  const missing = [a, b].filter((_, index) => errors[index] && asProblem(errors[index]).status === 404)
  useFace({
    title: 'Two calls', narrow: true, hints: HINTS,
    crumb: <><span className="sep">/</span><Link to="/calls" className="deep">Calls</Link><span className="sep deep">/</span><span className="clip">Two calls compared</span></>,
  }, `calldiff ${a.spanId} ${b.spanId}`)
  useKeys({ Escape: () => void navigate({ to: '/calls/$traceId/$spanId', params: { traceId: b.traceId, spanId: b.spanId } }) })
  if (missing.length > 0) {
    return (
      <Empty title={missing.length === 2 ? 'These calls are not here' : 'One of the two calls is not here'}>
        <p>No span {missing.map((place, index) => <span key={index}>{index > 0 && ' or '}<code>{shortId(place.spanId, 10)}</code></span>)} is stored in project <b>{project}</b>. It may belong to another project, or be older than what is kept.</p>
        <Link to="/calls" className="btn">Back to calls</Link>
      </Empty>
    )
  }
  return (
    <div className="calldiffpage" tabIndex={0}>
      <header className="comparehead">
        <h1>Two calls compared</h1>
        <Door letter="A" place={a} /><Door letter="B" place={b} />
      </header>
      <div className="calldiffbody"><CallDiff a={a} b={b} /></div>
    </div>
  )
}

function Door({ letter, place }: { letter: 'A' | 'B'; place: SpanPlace }): ReactNode {
  return (
    <span className="row small"><b className={letter === 'A' ? 'letter sidea' : 'letter sideb'}>{letter}</b>
      <Link to="/calls/$traceId/$spanId" params={{ traceId: place.traceId, spanId: place.spanId }} className="link mono">{shortId(place.spanId, 8)}</Link></span>
  )
}

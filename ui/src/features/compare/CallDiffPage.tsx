// Any two calls compared: what they were asked, what they answered, what they were made with.
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { shortId } from '@/base/ids'
import { useFace, type Hint } from '@/widgets/hints'
import { useKeys } from '@/widgets/keys'
import { CallDiff, type SpanPlace } from './components/CallDiff'
import './compare.css'

const HINTS: readonly Hint[] = [['y', 'copy link'], ['Esc', 'back']]

export function CallDiffPage(): ReactNode {
  const ids = useParams({ strict: false }) as { traceId: string; spanId: string; otherTrace: string; otherSpan: string }
  const [a, b]: [SpanPlace, SpanPlace] = [{ traceId: ids.traceId, spanId: ids.spanId }, { traceId: ids.otherTrace, spanId: ids.otherSpan }]
  const navigate = useNavigate()
  useFace({
    title: 'Two calls', narrow: true, hints: HINTS,
    crumb: <><span className="sep">/</span><Link to="/calls" className="deep">Calls</Link><span className="sep deep">/</span><span className="clip">Two calls compared</span></>,
  }, `calldiff ${a.spanId} ${b.spanId}`)
  useKeys({ Escape: () => void navigate({ to: '/calls/$traceId/$spanId', params: { traceId: b.traceId, spanId: b.spanId } }) })
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

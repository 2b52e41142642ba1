// The attempts of a call on a common time axis, when it was tried more than once.
import { Link } from '@tanstack/react-router'
import { useMemo, type ReactNode } from 'react'
import type { CallRow } from '@/api/types'
import { formatDuration } from '@/base/time'
import { costOf, modelOf } from '@/features/calls'
import { errorLabel } from '@/features/span'
import { Icon } from '@/widgets/icons'
import { planAttempts, type AttemptBar } from '../lib/attempts'

export function Attempts({ calls, spanId }: { calls: readonly CallRow[]; spanId: string }): ReactNode {
  const plan = useMemo(() => planAttempts(calls), [calls])
  const models = new Set(calls.map((call) => modelOf(call).name))
  return (
    <section className="panel" aria-label="Attempts">
      <header><h2>Attempts</h2><span className="t3 small push">{formatDuration(plan.length)} from the first start to the last end</span></header>
      <ol className="attempts">
        {plan.bars.map((bar) => <Attempt key={bar.call.span_id} bar={bar} length={plan.length} here={bar.call.span_id === spanId} named={models.size > 1} />)}
      </ol>
    </section>
  )
}

function Attempt({ bar, length, here, named }: { bar: AttemptBar; length: number; here: boolean; named: boolean }): ReactNode {
  const { call } = bar
  const failed = call.status === 'error'
  const percent = (ns: number): string => `${Math.max(0, Math.min(100, (ns / length) * 100))}%`
  const first = call.ttft_ns !== null && call.ttft_ns > 0 && call.ttft_ns < bar.length ? call.ttft_ns : 0
  const words = [
    named ? modelOf(call).name : null, failed ? `${call.http_status ?? ''} ${errorLabel(call.error_type)}`.trim() : (call.http_status === null ? 'answered' : String(call.http_status)),
    call.served === true ? 'given to the caller' : null, formatDuration(call.duration_ns), call.cost_usd === null ? null : costOf(call).text,
  ].filter((word) => word !== null)
  return (
    <li>
      {bar.waited > 1e6 && <p className="waited t3 small">waited {formatDuration(bar.waited)}</p>}
      <Link to="/calls/$traceId/$spanId" params={{ traceId: call.trace_id, spanId: call.span_id }} className={here ? 'attempt here' : 'attempt'} {...(here ? { 'aria-current': 'true' as const } : {})}>
        <span className="row small"><b className={failed ? 'err row' : 'row'}>{failed && <Icon name="error" size={12} weight={1.7} />}{bar.number}</b><span className="clip">{words.join(' · ')}</span>{here && <span className="badge push">this one</span>}</span>
        <span className="attemptbar" aria-hidden="true">
          <i className={failed ? 'bad' : ''} style={{ left: percent(bar.start), width: percent(Math.max(bar.length, length / 150)) }}>{first > 0 && <i style={{ width: `${(first / bar.length) * 100}%` }} />}</i>
        </span>
      </Link>
    </li>
  )
}

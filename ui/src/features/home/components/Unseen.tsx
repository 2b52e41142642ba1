// What the numbers of this page do not contain: refused and dropped spans, calls without a price, without a name.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import type { MetricsAnswer } from '@/api/metrics'
import { ingestQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { IngestState } from '@/api/types'
import { formatRatio, numberOf } from '@/base/measure'
import { formatCount } from '@/base/tokens'
import { Icon } from '@/widgets/icons'
import { ProblemLine, SkeletonRows } from '@/widgets/states'

const POLL_MS = 10_000

interface Gap {
  what: string
  value: string
  why: string
  to: string
  search?: object
  look: 'err' | 'warn' | ''
}

function gapsOf(totals: MetricsAnswer, features: MetricsAnswer | undefined, state: IngestState | undefined): Gap[] {
  const gaps: Gap[] = []
  const calls = numberOf(totals.totals.values[0]) ?? 0
  if (totals.unpriced_calls > 0) gaps.push({ what: 'Unpriced calls', value: formatCount(totals.unpriced_calls), why: `${formatRatio(totals.unpriced_calls / Math.max(1, calls))} of calls, not in any cost`, to: '/calls', search: { filter: 'has:unpriced' }, look: 'warn' })
  const unnamed = numberOf(features?.groups.find((group) => group.key[0] === '' && !group.is_other)?.values[0]) ?? 0
  if (unnamed > 0) gaps.push({ what: 'Calls of no feature', value: formatCount(unnamed), why: `${formatRatio(unnamed / Math.max(1, calls))} of calls`, to: '/calls', search: { filter: '-has:feature' }, look: '' })
  if (!state) return gaps
  if (state.disk.state !== 'ok') gaps.push({ what: 'Disk', value: state.disk.state, why: 'spans are refused', to: '/ingest', look: 'err' })
  if (state.spans_rejected > 0) gaps.push({ what: 'Rejected spans', value: formatCount(state.spans_rejected), why: 'their senders were told', to: '/ingest', look: 'warn' })
  if (state.quarantined > 0) gaps.push({ what: 'Quarantined spans', value: formatCount(state.quarantined), why: 'kept, not in any number', to: '/ingest', look: 'warn' })
  const { gateway } = state
  if (gateway && gateway.dropped > 0) gaps.push({ what: 'Gateway calls not recorded', value: formatCount(gateway.dropped), why: 'the queue was full', to: '/ingest', look: 'warn' })
  if (gateway && gateway.without_body > 0) gaps.push({ what: 'Gateway calls without text', value: formatCount(gateway.without_body), why: 'bodies not kept', to: '/ingest', look: '' })
  if (state.backlog_records > 0) gaps.push({ what: 'Not queryable yet', value: formatCount(state.backlog_records), why: 'records, durable already', to: '/ingest', look: '' })
  return gaps
}

export function Unseen({ totals, features }: { totals: MetricsAnswer; features: MetricsAnswer | undefined }): ReactNode {
  const { project } = useScope()
  const ingest = useQuery(ingestQuery(project, POLL_MS))
  const gaps = gapsOf(totals, features, ingest.data)
  return (
    <section className="panel" aria-label="What you are not seeing">
      <header><h2>What you are not seeing</h2></header>
      {ingest.isError ? <ProblemLine what="What was refused or dropped could not be read" problem={asProblem(ingest.error)} onRetry={() => void ingest.refetch()} /> : null}
      {gaps.length === 0 && ingest.isPending ? <SkeletonRows count={2} /> : gaps.length === 0 && ingest.isError ? null : gaps.length === 0 ? <p className="panelnote row"><span className="better"><Icon name="check" size={13} weight={2} /></span> Nothing known: every span that came is counted and priced.</p> : (
        <ul>{gaps.map((gap) => (
          <li key={gap.what}><Link to={gap.to} search={(gap.search ?? {}) as never} className="gap">
            {gap.look !== '' && <span className={gap.look}><Icon name={gap.look === 'err' ? 'error' : 'warning'} size={13} /></span>}
            <span className="t2">{gap.what}</span><b className="strong num">{gap.value}</b><span className="push t3 small clip">{gap.why}</span></Link></li>
        ))}</ul>
      )}
      <p className="panelnote small t3 gapnote">Refused and dropped spans are counted since the server started.</p>
    </section>
  )
}

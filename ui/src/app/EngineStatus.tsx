// The right end of the hint line: is anything wrong below, and how fresh is what we see.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ingestQuery } from '@/api/queries'
import { useReach } from '@/api/reach'
import { useScope } from '@/api/scope'
import { formatClock } from '@/base/time'
import { plural } from '@/base/tokens'
import { zoneLabel } from '@/base/zone'

const POLL_MS = 10_000

export function EngineStatus(): ReactNode {
  const { project } = useScope()
  const { data, error } = useQuery(ingestQuery(project, POLL_MS))
  const away = useReach().state === 'away'
  if (away) return <span className="row"><i className="light bad" />server does not answer</span>
  if (error) return <span className="row"><i className="light warn" />state of the server not known</span>
  if (!data) return null
  const { engine, disk } = data
  if (disk.state !== 'ok') return <span className="row err"><i className="light bad" />disk {disk.state}: spans are refused</span>
  if (engine.state !== 'ready') return <span className="row warn"><i className="light warn" />engine {engine.state}</span>
  return (
    <span className="row" style={{ gap: 12 }}>
      {data.backlog_records > 0 && <span>{plural(data.backlog_records, 'record')} not queryable yet</span>}
      <span className="row" style={{ gap: 6 }}>
        <i className={data.last_span_at === null ? 'light' : 'light on'} />
        {data.last_span_at === null ? 'no spans yet' : `last span ${formatClock(data.last_span_at).slice(0, 8)} ${zoneLabel()}`}
      </span>
    </span>
  )
}

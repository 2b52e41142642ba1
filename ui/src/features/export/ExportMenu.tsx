// The rows of a list as a file: exactly its filter and time, and how many there are.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { EXPORTS } from '@/api/exports'
import { metricsQuery } from '@/api/metrics'
import { exportUrl, type ExportUnit } from '@/api/queries'
import { useScope } from '@/api/scope'
import { numberOf } from '@/base/measure'
import { plural } from '@/base/tokens'
import { DownloadMenu, type Saved } from '@/widgets/download'

export interface ExportParams {
  from?: string
  to?: string
  filter?: string
}

const WHAT: Readonly<Record<ExportUnit, string>> = {
  traces: 'Every trace of this filter and time, in no order', calls: 'Every call of this filter and time, in no order', spans: 'Every span of this filter and time, in no order',
  sessions: 'Every session with a turn that matches, whole, in no order',
}

export function ExportMenu({ unit, params, saved }: { unit: ExportUnit; params: ExportParams; saved?: readonly Saved[] }): ReactNode {
  const { project } = useScope()
  return <DownloadMenu what={WHAT[unit]} rows={<Rows unit={unit} params={params} />} {...(saved ? { saved } : {})} downloads={EXPORTS.map((item) => ({ ...item, file: `${unit}.${item.format}`, href: exportUrl(project, unit, item.format, { ...params }) }))} />
}

/** Before the first span anybody can have sent, and after the last: a list without bounds has all of them. */
const EVER = { from: '1990-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }

/** Counted when the menu is opened; an answer that is late leaves the files as they are. */
function Rows({ unit, params }: { unit: ExportUnit; params: ExportParams }): ReactNode {
  const { project } = useScope()
  const { data, isError, isPlaceholderData } = useQuery(metricsQuery(project, { ...EVER, ...params, unit: unit === 'sessions' ? 'traces' : unit, measures: [unit === 'sessions' ? 'sessions' : 'count'] }))
  if (isError) return <span className="t3">How many rows that is could not be counted.</span>
  const count = numberOf(data?.totals.values[0])
  return data === undefined || isPlaceholderData ? <span className="t3">Counting rows</span> : <b className="num">{count === null ? '—' : plural(count, 'row')}</b>
}

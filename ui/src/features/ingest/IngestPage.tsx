// What comes in and what does not: doors, backlog, disk, engine; and what of it could not be understood.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { doctorQuery, ingestQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { Cell, DoctorReport, IngestState, MalformedAttribute, UnmappedAttribute } from '@/api/types'
import { cutText } from '@/base/ids'
import { formatAgo, formatMoment } from '@/base/time'
import { formatBytes, formatCount, plural } from '@/base/tokens'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { TableSkeleton, TilesSkeleton } from '@/widgets/skeletons'
import { ProblemBox } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { Ledger } from './Ledger'
import './ingest.css'

const POLL_MS = 5000
const HINTS: readonly Hint[] = [['⇧R', 'refresh'], ['g i', 'connect'], ['?', 'all keys']]

export function IngestPage(): ReactNode {
  const { project } = useScope()
  const ingest = useQuery(ingestQuery(project, POLL_MS))
  const doctor = useQuery(doctorQuery(project))
  useFace({ title: 'Ingest', hints: HINTS }, 'ingest')
  return (
    <div className="ingest">
      <div className="row wrap"><h1>Ingest</h1><span className="t3">tiles, doors and problems: since the server started</span></div>
      {ingest.isPending && <><TilesSkeleton count={6} plain /><TableSkeleton count={2} /><TableSkeleton count={4} /></>}
      {ingest.error && <ProblemBox what="The state of ingest could not be read" problem={asProblem(ingest.error)} onRetry={() => void ingest.refetch()} />}
      {ingest.data && <State state={ingest.data} />}
      <Ledger project={project} />
      {doctor.isPending && <TableSkeleton count={4} />}
      {doctor.error && <ProblemBox what="The doctor's report could not be read" problem={asProblem(doctor.error)} onRetry={() => void doctor.refetch()} />}
      {doctor.data && <Doctor report={doctor.data} />}
    </div>
  )
}

function Tile({ name, value, note, look }: { name: string; value: string; note: string; look?: 'err' | 'warn' | undefined }): ReactNode {
  return (
    <div className="tile">
      <span className="t3 small">{name}</span>
      <b className={look ?? ''}>{look && <Icon name={look === 'err' ? 'error' : 'warning'} size={16} />}{value}</b>
      <span className="t2 small">{note}</span>
    </div>
  )
}

function State({ state }: { state: IngestState }): ReactNode {
  const { disk, engine } = state
  return (
    <>
      <div className="tiles">
        <Tile name="Accepted" value={formatCount(state.spans_accepted)} note={state.last_span_at === null ? 'no span yet' : `last ${formatAgo(state.last_span_at)}`} />
        <Tile name="Rejected" value={formatCount(state.spans_rejected)} note="told to the sender" look={state.spans_rejected > 0 ? 'warn' : undefined} />
        <Tile name="Quarantined" value={formatCount(state.quarantined)} note="accepted, refused by the engine, kept" look={state.quarantined > 0 ? 'warn' : undefined} />
        <Tile name="Backlog" value={formatCount(state.backlog_records)} note="records durable, not queryable yet" look={state.backlog_records > 10_000 ? 'warn' : undefined} />
        <Tile name="Disk" value={disk.state} note={`log ${formatBytes(disk.log_bytes)}`} look={disk.state === 'ok' ? undefined : 'err'} />
        <Tile name="Engine" value={engine.state} note={engine.state === 'ready' ? 'answers questions' : 'spans are kept meanwhile'} look={engine.state === 'ready' ? undefined : engine.state === 'down' ? 'err' : 'warn'} />
      </div>
      <section className="panel">
        <header><h2>Doors</h2></header>
        {state.by_door.length === 0 ? <p className="panelnote t2">Nothing has come through any door yet.</p> : <Records rows={state.by_door} />}
      </section>
      <section className="panel">
        <header><h2>Recent problems</h2><span className="t3 small push">what was refused, and why</span></header>
        {state.recent_problems.length === 0 ? <p className="panelnote t2"><span className="better"><Icon name="check" size={13} weight={2} /></span> None.</p> : (
          <Wide label="Recent problems"><table>
            <thead><tr><th>When</th><th>Door</th><th className="n">Status</th><th>What and what to do</th><th className="n">Times</th></tr></thead>
            <tbody>{state.recent_problems.map((item) => (
              <tr key={item.time + item.message}>
                <td className="nowrap" title={item.time}>{formatAgo(item.time)}</td><td className="mono">{item.door}</td><td className="n">{item.status}</td>
                <td className="reason">{item.message}{item.hint !== null && <p className="t2 small">{item.hint}</p>}</td><td className="n">{formatCount(item.count)}</td>
              </tr>
            ))}</tbody>
          </table></Wide>
        )}
      </section>
    </>
  )
}

/** Rows whose columns are the server's business: the union of their keys, in the order they come. */
function Records({ rows }: { rows: readonly { [key: string]: Cell }[] }): ReactNode {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return (
    <Wide label="Doors"><table>
      <thead><tr>{keys.map((key) => <th key={key} className={rows.some((row) => typeof row[key] === 'number') ? 'n' : ''}>{(key.charAt(0).toUpperCase() + key.slice(1)).replaceAll('_', ' ')}</th>)}</tr></thead>
      <tbody>{rows.map((row, index) => <tr key={index}>{keys.map((key) => {
        const value = row[key] ?? null
        if (typeof value === 'number') return <td key={key} className="n">{formatCount(value)}</td>
        return <td key={key}>{value === null ? <span className="t3">—</span> : typeof value === 'object' ? <code>{JSON.stringify(value)}</code> : /^\d{4}-\d\d-\d\dT/.test(String(value)) ? <span className="nowrap">{formatMoment(String(value))}</span> : <span className="nowrap">{String(value)}</span>}</td>
      })}</tr>)}</tbody>
    </table></Wide>
  )
}

function Doctor({ report }: { report: DoctorReport }): ReactNode {
  return (
    <>
      <section className="panel">
        <header><h2>Malformed</h2><span className="t3 small push">{plural(report.malformed.length, 'attribute')} known by name, not readable</span></header>
        {report.malformed.length === 0 ? <p className="panelnote t2"><span className="better"><Icon name="check" size={13} weight={2} /></span> Every attribute Vitrine knows could be read.</p> : <Attributes items={report.malformed} />}
      </section>
      <section className="panel">
        <header><h2>Unmapped</h2><span className="t3 small push">{plural(report.unmapped.length, 'attribute')} kept as sent, not in a column</span></header>
        {report.unmapped.length === 0 ? <p className="panelnote t2">None: everything sent has a column.</p> : <Attributes items={report.unmapped} />}
      </section>
    </>
  )
}

function Attributes({ items }: { items: readonly (UnmappedAttribute | MalformedAttribute)[] }): ReactNode {
  const reasons = items.some((item) => 'reason' in item)
  return (
    <Wide label={reasons ? 'Malformed attributes' : 'Unmapped attributes'}><table>
      <thead><tr><th>Key</th><th>Scope</th>{reasons && <th>Why</th>}<th className="n">Seen</th><th>Example</th><th>Last</th></tr></thead>
      <tbody>{items.map((item) => (
        <tr key={item.key + item.scope}>
          <td className="mono">{item.key}</td><td className="t2">{item.scope}</td>{reasons && <td className="reason">{'reason' in item ? item.reason : ''}</td>}
          <td className="n">{formatCount(item.count)}</td><td className="mono t2 example">{item.example == null ? '' : cutText(item.example, 160)}</td><td className="nowrap t2" title={item.last_seen}>{formatAgo(item.last_seen)}</td>
        </tr>
      ))}</tbody>
    </table></Wide>
  )
}

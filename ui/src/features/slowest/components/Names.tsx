// Span names on the critical paths of the slowest, each a door to the traces that have such a span.
import { useNavigate } from '@tanstack/react-router'
import { useRef, useState, type ReactNode } from 'react'
import type { NamedLine, SlowestAnswer } from '@/api/slowest'
import { toCsvRows } from '@/base/csv'
import { formatTerm, joinTerms } from '@/base/filter'
import { formatRatio } from '@/base/measure'
import { formatCount } from '@/base/tokens'
import { clamp } from '@/base/values'
import { saveText } from '@/widgets/copy'
import { Icon, KindIcon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { Wide } from '@/widgets/wide'
import { excess, stageName } from '../lib/words'
import { Excess, Longest } from './Stages'

const FIRST = 25

function csvOf(names: readonly NamedLine[]): string {
  return toCsvRows([['stage', 'name', 'kind', 'time [ns]', 'share', 'share in the middle', 'difference', 'traces', 'traces in the middle', 'longest [ns]', 'longest trace'],
    ...names.map((line) => [line.stage, line.name, line.kind, line.time_ns, line.share, line.usual_share, excess(line), line.trace_count, line.usual_trace_count, line.longest_ns, line.longest_trace_id])])
}

export function Names({ answer, door, onPart }: { answer: SlowestAnswer; door: string; onPart: () => void }): ReactNode {
  const navigate = useNavigate()
  const [selected, setSelected] = useState(0)
  const [all, setAll] = useState(false)
  const body = useRef<HTMLTableSectionElement>(null)
  const rows = all ? answer.names : answer.names.slice(0, FIRST)
  const at = clamp(selected, 0, Math.max(0, rows.length - 1))
  const current = rows[at]
  const most = Math.max(...rows.map((line) => Math.max(line.share ?? 0, line.usual_share ?? 0)), Number.MIN_VALUE)
  const open = (line: NamedLine): void => void navigate({ to: '/traces', search: { filter: line.name === '' ? door : joinTerms([`{${formatTerm('name', line.name)}}`, door]) } as never })
  const save = (): void => saveText('vitrine-slowest.csv', csvOf(answer.names), 'text/csv')
  const move = (step: number): void => {
    const next = clamp(at + step, 0, Math.max(0, rows.length - 1))
    setSelected(next)
    body.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1), p: onPart, e: save,
    Enter: () => current && open(current), o: () => current?.longest_trace_id != null && void navigate({ to: '/traces/$traceId', params: { traceId: current.longest_trace_id } }),
  })
  if (answer.names.length === 0) return <section className="panel"><header><h2>By span</h2></header><p className="panelnote">The spans of these traces are not stored any more, or none of them is a root.</p></section>
  return (
    <section className="panel" aria-label="By span">
      <header className="chartheader"><h2>By span</h2><span className="t3 small num">{formatCount(answer.name_count)} names{answer.name_count > answer.names.length ? `, the ${formatCount(answer.names.length)} longest here` : ''}</span></header>
      <Wide label="By span"><table className="rows">
        <thead><tr><th>Span</th><th>Stage</th><th>Share of the slowest</th><th>In the middle</th><th className="n">Difference</th><th className="n">In traces</th><th className="n">Longest</th></tr></thead>
        <tbody ref={body}>{rows.map((line, index) => (
          <tr key={`${line.stage ?? ''} ${line.kind} ${line.name}`} data-row aria-selected={index === at} onClick={() => (index === at ? open(line) : setSelected(index))}>
            <td className="pathname"><span className="row"><KindIcon kind={line.kind} /><button type="button" className="celllink clip strong" title={`${line.name}: open the slowest traces that have it`} onClick={(event) => { event.stopPropagation(); open(line) }}>{line.name || 'no name'}</button></span></td>
            <td className="nowrap t2">{line.stage === null ? <span className="t3">—</span> : stageName(line.stage)}</td>
            <td><Share share={line.share} most={most} look="b" /></td><td><Share share={line.usual_share} most={most} look="a" /></td>
            <td className="n"><Excess line={line} /></td><td className="n">{formatCount(line.trace_count)}</td><td className="n"><Longest line={line} what={line.name} /></td>
          </tr>
        ))}</tbody>
      </table></Wide>
      <footer className="tablefoot small t3">
        {answer.names.length > FIRST && <button type="button" className="btn quiet tiny" onClick={() => setAll(!all)}>{all ? `The first ${FIRST}` : `All ${formatCount(answer.names.length)}`}</button>}
        <button type="button" className="btn quiet tiny push" onClick={save} title="e"><Icon name="download" size={12} /> CSV, {formatCount(answer.names.length)} rows</button>
      </footer>
    </section>
  )
}

function Share({ share, most, look }: { share: number | null; most: number; look: 'a' | 'b' }): ReactNode {
  if (share === null) return <span className="t3">—</span>
  return <span className="row pathshare"><span className="meter" aria-hidden="true"><i style={{ width: `${(share / most) * 100}%`, background: `var(--${look}-side)` }} /></span><span className="num small nowrap">{formatRatio(share)}</span></span>
}

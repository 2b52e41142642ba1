// Groups as rows: value and change of each measure, ordered by any of them. Rows are moved over by key and are doors.
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import type { MetricGroup, MetricsAnswer } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { toCsvRows } from '@/base/csv'
import { formatRatio, formatValue, isNew, isThin, measureTitle, numberOf } from '@/base/measure'
import { clamp } from '@/base/values'
import { saveText } from '@/widgets/copy'
import { ExportMenu, type ExportParams } from '@/features/export'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { Change, Counted, Meter } from '@/widgets/metric'
import { Wide } from '@/widgets/wide'
import type { GroupPageSpec } from '../lib/pages'

interface Props {
  answer: MetricsAnswer
  spec: GroupPageSpec
  by: string
  byTitle: string
  columns: readonly string[]
  order: string
  onOrder: (measure: string) => void
  /** Calls or traces of a group; `counted` are those of them that a number counts. */
  onOpen: (value: string, counted?: string) => void
  onTraces: (value: string) => void
  onFilter: (value: string) => void
  onCompare: (a: string, b: string) => void
  onNext: () => void
  /** Filter and time of what the groups are made of. */
  exported: ExportParams
}

/** What to do instead: an empty page is where somebody starts. */
function Nothing({ spec }: { spec: GroupPageSpec }): ReactNode {
  const { range, setRange } = useScope()
  return (
    <div className="panelnote">
      <p>No {spec.noun} in this time{spec.base === '' ? '' : `: none of ${spec.base}`}.</p>
      <p className="row wrap emptyways">{range.range !== 'all' && <button type="button" className="btn" onClick={() => setRange({ range: 'all' })}>Look at all time</button>}<Link to="/connect" className="btn">Connect an application</Link></p>
    </div>
  )
}

const keyOf = (group: MetricGroup): string => (group.is_other ? ' other' : (group.key[0] ?? ''))

export function GroupTable(props: Props): ReactNode {
  const { answer, by, byTitle, spec, columns, order } = props
  const rows = answer.groups
  const named = rows.filter((group) => !group.is_other)
  const [selected, setSelected] = useState(0)
  const [marked, setMarked] = useState<string | null>(null)
  const body = useRef<HTMLTableSectionElement>(null)
  useEffect(() => {
    setSelected(0)
    setMarked(null)
  }, [by])
  const current = named[clamp(selected, 0, Math.max(0, named.length - 1))]
  const mark = (value: string): void => {
    if (marked === null || marked === value) setMarked(marked === value ? null : value)
    else props.onCompare(marked, value)
  }
  const move = (step: number): void => {
    const next = clamp(selected + step, 0, Math.max(0, named.length - 1))
    setSelected(next)
    body.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1), b: props.onNext,
    Enter: () => current && props.onOpen(keyOf(current)), t: () => current && props.onTraces(keyOf(current)), f: () => current && props.onFilter(keyOf(current)), x: () => current && mark(keyOf(current)),
    Escape: () => setMarked(null),
  })
  if (named.length === 0) return <Nothing spec={spec} />
  const countAt = answer.measures.findIndex((measure) => measure.name === 'count')
  const all = numberOf(answer.totals.values[countAt]) ?? 0
  const compared = !isNew(all, answer.totals.compare?.[countAt])
  return (
    <>
      <Wide label={`By ${byTitle.toLowerCase()}`}><table className="rows grouptable">
        <thead><tr>
          <th>{byTitle}</th><th>Share of {spec.noun}</th>
          {columns.map((name) => (
            <th key={name} className="n" aria-sort={name === order ? 'descending' : 'none'}>
              <button type="button" onClick={() => props.onOrder(name)} title={`Order by ${name}`}>{name === 'count' ? spec.noun.charAt(0).toUpperCase() + spec.noun.slice(1) : measureTitle(name)}{name === order ? ' ↓' : ''}</button>
            </th>
          ))}
          <th><span className="hidden">Doors</span></th>
        </tr></thead>
        <tbody ref={body}>{rows.map((group, index) => (
          <Row key={keyOf(group)} {...props} group={group} compared={compared} share={all > 0 ? (numberOf(group.values[countAt]) ?? 0) / all : null} selected={!group.is_other && group === current} marked={!group.is_other && marked === keyOf(group)} onSelect={() => setSelected(index)} onMark={() => mark(keyOf(group))} />
        ))}</tbody>
      </table></Wide>
      <footer className="tablefoot small t3">
        {marked !== null ? <span role="status"><b className="strong">{marked || `no ${byTitle.toLowerCase()}`}</b> is marked; mark another to compare the two.</span> : <span>{compared ? 'Below each value: its change against the period before.' : `There were no ${spec.noun} in the period before to compare with.`}</span>}
        <span className="push"><ExportMenu unit={spec.unit} params={props.exported} saved={[{ name: 'This table', note: `CSV, ${answer.groups.length} rows`, onSave: () => saveText(`vitrine-${by}.csv`, csvOf(answer), 'text/csv') }]} /></span>
      </footer>
    </>
  )
}

function Row({ group, answer, compared, columns, share, selected, marked, byTitle, spec, onSelect, onMark, onOpen, onTraces }: Props & { group: MetricGroup; compared: boolean; share: number | null; selected: boolean; marked: boolean; onSelect: () => void; onMark: () => void }): ReactNode {
  const value = keyOf(group)
  const unpriced = numberOf(group.values[answer.measures.findIndex((measure) => measure.name === 'unpriced_count')]) ?? 0
  const countAt = answer.measures.findIndex((measure) => measure.name === 'count')
  const before = group.compare?.[countAt]
  const thin = isThin(before)
  const fresh = compared && group.compare !== null && isNew(group.values[countAt], before)
  const name = group.is_other ? 'everything else' : value === '' ? `no ${byTitle.toLowerCase()}` : value
  return (
    <tr aria-selected={selected} data-row={group.is_other ? undefined : ''} data-group={value} onClick={group.is_other ? undefined : () => (selected ? onOpen(value) : onSelect())}>
      <td className="groupname">{group.is_other ? <span className="t3">{name}</span> : (
        <span className="row"><button type="button" role="checkbox" aria-checked={marked} aria-label={`Mark ${name} to compare it`} className="markbox" onClick={(event) => { event.stopPropagation(); onMark() }}>{marked && <Icon name="check" size={10} weight={2.4} />}</button>
          <button type="button" className={value === '' ? 'celllink clip t3' : 'celllink clip strong'} title={`${name}: open its ${spec.unit === 'calls' ? 'calls' : 'traces'}`} onClick={(event) => { event.stopPropagation(); onOpen(value) }}>{name}</button>{fresh && <span className="badge" title="There was none of it in the period before">new</span>}</span>
      )}</td>
      <td className="sharecell"><span className="row"><Meter share={share} /><span className="num small t2">{share === null ? '—' : formatRatio(share)}</span></span></td>
      {columns.map((column) => {
        const index = answer.measures.findIndex((measure) => measure.name === column)
        const unit = answer.measures[index]?.unit ?? 'count'
        const now = group.values[index]
        return (
          <td key={column} className="n twoline">
            <span className={numberOf(now) === null ? 't3' : ''}><Counted measure={column} value={now} onOpen={group.is_other ? undefined : (counted) => onOpen(value, counted)}>{unit === 'usd' && !column.includes('saved') && numberOf(now) === null && unpriced > 0 ? 'unpriced' : formatValue(unit, now)}</Counted></span>
            <span className="was">{!compared || fresh || group.compare === null || group.compare === undefined || numberOf(now) === null ? '' : <Change plain measure={column} unit={unit} now={now} before={group.compare[index]} {...(thin ? { mood: 'neutral' as const } : {})} />}</span>
          </td>
        )
      })}
      <td className="doors">{!group.is_other && <button type="button" className="btn quiet tiny" onClick={(event) => { event.stopPropagation(); onTraces(value) }}>Traces</button>}</td>
    </tr>
  )
}

/** The table as it stands, with exact values: what a spreadsheet gets. */
function csvOf(answer: MetricsAnswer): string {
  const head = [...answer.dimensions, ...answer.measures.flatMap(({ name, unit }) => [`${name} [${unit}]`, `${name} before [${unit}]`])]
  return toCsvRows([head, ...answer.groups.map((group) => [...(group.is_other ? ['(everything else)', ...group.key.slice(1)] : group.key), ...answer.measures.flatMap((_, index) => [group.values[index] as string | number | null, (group.compare?.[index] ?? null) as string | number | null])])])
}

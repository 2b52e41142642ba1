// A number beside what it was: tiles, changes with their meaning in word and shape, meters in table cells.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { countedBy, formatChange, formatValue, isFromZero, moodOf, numberOf, type Mood, type MetricUnit } from '@/base/measure'
import { Spark } from './chart/Spark'
import type { Value } from './chart/series'
import './metric.css'

const LOOK: Readonly<Record<Mood, string>> = { worse: 'warn', better: 'better', same: 't2', neutral: 't2' }

/** `▲ +31% worse`: direction as a shape, meaning as a word and a colour. `plain` leaves the word away where a column says it. A dash: not known. */
export function Change({ measure, unit, now, before, plain = false, mood }: { measure: string; unit: MetricUnit; now: unknown; before: unknown; plain?: boolean; mood?: Mood }): ReactNode {
  const [a, b] = [numberOf(now), numberOf(before)]
  const text = isFromZero(unit, a, b) ? `from ${formatValue(unit, 0)}` : formatChange(unit, a, b)
  if (text === null) return <span className="t3">—</span>
  const meant = mood ?? moodOf(measure, unit, a, b)
  const loud = meant === 'worse' || meant === 'better'
  return (
    <span className={`change num ${LOOK[meant]}`}>
      {loud && <span aria-hidden="true">{(a ?? 0) > (b ?? 0) ? '▲' : '▼'} </span>}{text}{loud && (plain ? <span className="hidden"> {meant}</span> : ` ${meant}`)}
    </span>
  )
}

export interface TileProps {
  title: string
  measure: string
  unit: MetricUnit
  now: unknown
  before: unknown
  /** Written behind the change, where there is something better to say than what it was. */
  note?: string | undefined
  suffix?: string
  corner?: ReactNode
  values: readonly Value[]
  ghost: readonly Value[]
  marks?: readonly number[]
  mood?: Mood | undefined
  to: string
  search: object
}

export function Tile({ title, measure, unit, now, before, note, suffix = '', corner, values, ghost, marks = [], mood, to, search }: TileProps): ReactNode {
  const known = numberOf(now) !== null
  const none = isFromZero(unit, now, before)
  const compared = numberOf(before) !== null && !none
  return (
    <Link to={to} search={search as never} className="metrictile">
      <span className="row small t2"><span className="clip">{title}</span>{corner !== undefined && <span className="push t3 micro nowrap">{corner}</span>}</span>
      <span className={known ? 'value' : 'value t3'}>{formatValue(unit, now)}{known && suffix !== '' && <small>{suffix}</small>}</span>
      <span className="delta clip">
        {compared ? <><Change measure={measure} unit={unit} now={now} before={before} {...(mood ? { mood } : {})} /> <span className="t3">{note ?? `was ${formatValue(unit, before)}`}</span></>
          : <span className="t3">{none ? 'none before' : known ? 'nothing before' : (note ?? 'not measured in this time')}</span>}
      </span>
      <Spark values={values} ghost={ghost} marks={marks} colour={measure.startsWith('error') && values.some((value) => (value ?? 0) > 0) ? '--error-fill' : '--text-2'} zero={unit !== 'score'} />
      <span className="hidden">, open its query</span>
    </Link>
  )
}

/** A number in a cell that counts some of the rows: it opens these, not all of the row's. */
export function Counted({ measure, value, onOpen, children }: { measure: string; value: unknown; onOpen: ((counted: string) => void) | undefined; children: ReactNode }): ReactNode {
  const counted = countedBy(measure)
  if (counted === '' || onOpen === undefined || (numberOf(value) ?? 0) === 0) return children
  return <button type="button" className="celllink" title={`Open those with ${counted}`} onClick={(event) => { event.stopPropagation(); onOpen(counted) }}>{children}</button>
}

/** A share as a bar in a cell: the number stands beside it. */
export function Meter({ share, look }: { share: number | null; look?: 'warn' | 'better' | 'accent' }): ReactNode {
  return <span className="meter" aria-hidden="true"><i style={{ width: `${Math.max(0, Math.min(1, share ?? 0)) * 100}%`, ...(look ? { background: look === 'accent' ? 'var(--s1)' : `var(--${look}-fill)` } : {}) }} /></span>
}

export interface ContributionProps { share: number; mood: Mood }

/** A signed share of a change: to the right of the line what added to it, to the left what took away. */
export function Contribution({ share, mood }: ContributionProps): ReactNode {
  const half = 50
  const size = Math.min(1, Math.abs(share)) * (half * 1.5)
  const fill = mood === 'better' ? 'var(--better-fill)' : mood === 'worse' ? 'var(--warn-fill)' : 'var(--control)'
  return (
    <svg width={104} height={12} aria-hidden="true">
      <line x1={26} x2={26} y1={0} y2={12} stroke="var(--line-strong)" />
      <rect x={share < 0 ? Math.max(0, 26 - size) : 26} width={share < 0 ? Math.min(26, size) : size} y={2.5} height={7} rx={1} fill={fill} />
    </svg>
  )
}

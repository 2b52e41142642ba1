// The numbers of a chart over time, as a table: what the lines show, for whoever reads better than looks.
import type { ReactNode } from 'react'
import { formatValue } from '@/base/measure'
import { formatMinute } from '@/base/time'
import { zoneLabel } from '@/base/zone'
import { bucketAt, ghostTotal, type ChartData, type Mark, type Value } from './series'
import './chart.css'

interface Props extends ChartData {
  label: string
  /** The period before belongs to the sum of all series. */
  stacked?: boolean
  marks?: readonly Mark[]
}

interface Column {
  name: string
  values: readonly Value[]
  before: boolean
}

/** Each series, and beside it its own past; the past of a stack is one, behind all of them. */
function columnsOf({ series, stacked = false }: Pick<Props, 'series' | 'stacked'>): Column[] {
  const whole = stacked ? ghostTotal(series) : null
  const columns = series.flatMap(({ name, values, ghost }) => [
    { name, values, before: false },
    ...(ghost && !stacked ? [{ name: series.length > 1 ? `${name}, before` : 'Before', values: ghost, before: true }] : []),
  ])
  return whole ? [...columns, { name: 'All, before', values: whole, before: true }] : columns
}

export function SeriesTable(props: Props): ReactNode {
  const { times, unit, label, marks = [] } = props
  const columns = columnsOf(props)
  return (
    <div className="charttable" tabIndex={0} role="region" aria-label={`${label}, as a table`}>
      <table>
        <thead><tr><th>Time, {zoneLabel()}</th>{columns.map(({ name, before }, column) => <th key={column} className={before ? 'n t3' : 'n'} title={name}><span className="clip">{name}</span></th>)}</tr></thead>
        <tbody>{times.map((ms, at) => (
          <tr key={ms}>
            <td className="nowrap">{formatMinute(ms)}{marks.filter((mark) => bucketAt(times, mark.atMs) === at).map((mark, index) => <span key={index} className="badge accent" title="First ran here">{mark.label}</span>)}</td>
            {columns.map(({ values, before }, column) => <td key={column} className={before ? 'n t2' : 'n'}>{formatValue(unit, values[at])}</td>)}
          </tr>
        ))}</tbody>
      </table>
    </div>
  )
}

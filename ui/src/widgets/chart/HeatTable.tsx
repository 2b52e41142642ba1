// The cells of a heatmap that hold something, as a table in the order of time.
import type { ReactNode } from 'react'
import { formatValue, type MetricUnit } from '@/base/measure'
import { formatMinute } from '@/base/time'
import { formatCount } from '@/base/tokens'
import { zoneLabel } from '@/base/zone'
import './chart.css'

interface Props {
  times: readonly number[]
  /** Lower bounds of the rows and the upper one of the last, ascending. */
  bounds: readonly number[]
  counts: readonly (readonly number[])[]
  unit: MetricUnit
  label: string
  /** What is counted, in the plural. */
  noun: string
}

export function HeatTable({ times, bounds, counts, unit, label, noun }: Props): ReactNode {
  const cells = counts.flatMap((column, at) => column.flatMap((count, row) => (count > 0 ? [{ at, row, count }] : [])))
  return (
    <div className="charttable" tabIndex={0} role="region" aria-label={`${label}, as a table`}>
      <table>
        <thead><tr><th>Time, {zoneLabel()}</th><th className="n">From</th><th className="n">To</th><th className="n">{noun.charAt(0).toUpperCase() + noun.slice(1)}</th></tr></thead>
        <tbody>{cells.map(({ at, row, count }) => (
          <tr key={`${at} ${row}`}><td className="nowrap">{formatMinute(times[at] ?? NaN)}</td><td className="n">{formatValue(unit, bounds[row])}</td><td className="n">{formatValue(unit, bounds[row + 1])}</td><td className="n">{formatCount(count)}</td></tr>
        ))}</tbody>
      </table>
    </div>
  )
}

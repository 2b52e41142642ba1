// A panel around a chart over time: title, legend, and the table with the same numbers behind it.
import { useState, type ReactNode } from 'react'
import { formatValue } from '@/base/measure'
import { formatMinute } from '@/base/time'
import { zoneLabel } from '@/base/zone'
import { useMedia } from '../size'
import { TimeChart } from './TimeChart'
import type { ChartData, Mark } from './series'

interface Props extends ChartData {
  title: string
  note?: ReactNode
  stacked?: boolean
  bars?: boolean
  log?: boolean
  marks?: readonly Mark[]
  height?: number
  onBrush?: (fromMs: number, toMs: number) => void
  onSeries?: (key: string) => void
  controls?: ReactNode
  ghostName?: string
}

export function ChartPanel({ title, note, controls, onSeries, ghostName = 'period before', ...chart }: Props): ReactNode {
  const [table, setTable] = useState(false)
  const phone = useMedia('(max-width: 720px)')
  const ghosts = chart.series.some((item) => item.ghost !== undefined)
  return (
    <section className="panel" aria-label={title}>
      <header className="chartheader">
        <h2>{title}</h2>{note !== undefined && <span className="t3 small">{note}</span>}
        <span className="row push wrap">
          {controls}
          <button type="button" className="btn quiet tiny" aria-pressed={table} onClick={() => setTable(!table)}>{table ? 'Chart' : 'Table'}</button>
        </span>
      </header>
      {table ? <SeriesTable {...chart} label={title} /> : (
        <div className="chartbody">
          {(chart.series.length > 1 || ghosts) && (
            <div className="legend">
              {chart.series.map((item) => onSeries && item.key !== undefined
                ? <button key={item.key} type="button" onClick={() => onSeries(item.key ?? '')} title={`Filter by ${item.name}`}><i className="dot" style={{ background: `var(${item.colour})` }} /><span className="clip">{item.name}</span></button>
                : <span key={item.key ?? item.name}><i className="dot" style={{ background: `var(${item.colour})` }} /><span className="clip">{item.name}</span></span>)}
              {ghosts && <span><i className="dash" />{ghostName}</span>}
            </div>
          )}
          <TimeChart {...chart} label={title} height={chart.height ?? (phone ? 180 : 220)} />
        </div>
      )}
    </section>
  )
}

function SeriesTable({ times, series, unit, label }: ChartData & { label: string }): ReactNode {
  return (
    <div className="charttable" tabIndex={0} role="region" aria-label={`${label}, as a table`}>
      <table>
        <thead><tr><th>Time, {zoneLabel()}</th>{series.map((item) => <th key={item.key ?? item.name} className="n">{item.name}</th>)}{series.some((item) => item.ghost) && <th className="n">Before</th>}</tr></thead>
        <tbody>{times.map((ms, at) => (
          <tr key={ms}><td className="nowrap">{formatMinute(ms)}</td>
            {series.map((item) => <td key={item.key ?? item.name} className="n">{formatValue(unit, item.values[at])}</td>)}
            {series.some((item) => item.ghost) && <td className="n t2">{series.map((item) => formatValue(unit, item.ghost?.[at])).join(', ')}</td>}
          </tr>
        ))}</tbody>
      </table>
    </div>
  )
}

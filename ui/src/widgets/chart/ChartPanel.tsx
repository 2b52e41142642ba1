// A panel around a chart over time: title, legend, and the table with the same numbers behind it.
import { useState, type ReactNode } from 'react'
import { useMedia } from '../size'
import { SeriesTable } from './SeriesTable'
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
  const nothing = chart.series.every((item) => item.values.every((value) => value === null) && (item.ghost ?? []).every((value) => value === null))
  const ghosts = chart.series.some((item) => item.ghost !== undefined)
  return (
    <section className="panel" aria-label={title}>
      <header className="chartheader">
        <h2>{title}</h2>{note !== undefined && <span className="t3 small">{note}</span>}
        <span className="row push wrap">
          {controls}
          {!nothing && <button type="button" className="btn quiet tiny" aria-pressed={table} onClick={() => setTable(!table)}>{table ? 'Chart' : 'Table'}</button>}
        </span>
      </header>
      {nothing ? <p className="panelnote">Nothing of this measure in this time.</p> : table ? <SeriesTable {...chart} label={title} /> : (
        <div className="chartbody">
          {(chart.series.length > 1 || ghosts) && (
            <div className="legend">
              {chart.series.map((item, at) => onSeries && item.key !== undefined
                ? <button key={at} type="button" onClick={() => onSeries(item.key ?? '')} title={`Filter by ${item.name}`}><i className="dot" style={{ background: `var(${item.colour})` }} /><span className="clip">{item.name}</span></button>
                : <span key={at}><i className="dot" style={{ background: `var(${item.colour})` }} /><span className="clip">{item.name}</span></span>)}
              {ghosts && <span><i className="dash" />{ghostName}</span>}
            </div>
          )}
          <TimeChart {...chart} label={title} height={chart.height ?? (phone ? 180 : 220)} />
        </div>
      )}
    </section>
  )
}

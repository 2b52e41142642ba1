// An answer as a chart, where its columns allow one.
import type { ReactNode } from 'react'
import { formatValue } from '@/base/measure'
import { TimeChart } from '@/widgets/chart/TimeChart'
import type { SqlChart } from '../lib/chart'

export function AnswerChart({ chart }: { chart: SqlChart }): ReactNode {
  if (chart.kind === 'time') {
    return (
      <div className="chartbody">
        <div className="legend">{chart.series.map((item) => <span key={item.name}><i className="dot" style={{ background: `var(${item.colour})` }} /><span className="clip">{item.name}</span></span>)}</div>
        <TimeChart label="Answer over time" times={chart.times} series={chart.series} unit="count" height={280} />
      </div>
    )
  }
  const most = Math.max(...chart.bars.map((bar) => Math.abs(bar.value)), Number.MIN_VALUE)
  return (
    <div className="chartbody">
      <p className="small t3">{chart.measure} by {chart.name}{chart.left > 0 ? `, the first ${chart.bars.length}; ${chart.left} more are in the table` : ''}</p>
      <div className="hbars">{chart.bars.map((bar, index) => (
        <div key={index} className="hbar"><span className="clip" title={bar.name}>{bar.name || '(empty)'}</span><span className="hbartrack"><i style={{ width: `${(Math.abs(bar.value) / most) * 100}%` }} /></span><span className="num n">{formatValue('count', bar.value)}</span></div>
      ))}</div>
    </div>
  )
}

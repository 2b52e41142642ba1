// A panel of lines over time: a chart for each measure, or the table behind them.
import { Link } from '@tanstack/react-router'
import { useMemo, useRef, type ReactNode } from 'react'
import { useScope } from '@/api/scope'
import { measureTitle } from '@/base/measure'
import { parseTime } from '@/base/time'
import { seriesOf } from '@/features/metrics'
import { SeriesTable } from '@/widgets/chart/SeriesTable'
import { TimeChart } from '@/widgets/chart/TimeChart'
import { useColours } from '@/widgets/chart/colours'
import { useSize } from '@/widgets/size'
import { doorOf, titleOf } from '../lib/panel'
import type { Shown } from '../lib/shown'

const LEGEND_H = 28
const CHART_H_MIN = 70

export function LinesPanel({ panel, filter, answer, marks, asTable }: Shown): ReactNode {
  const { project, setRange } = useScope()
  const coloursOf = useColours(project)
  const box = useRef<HTMLDivElement>(null)
  const { height } = useSize(box)
  const times = useMemo(() => answer.buckets?.map(parseTime) ?? [], [answer])
  const grouped = answer.dimensions.length > 0
  const many = answer.measures.length
  const named = seriesOf(answer, 0, false, coloursOf)
  const each = Math.max(CHART_H_MIN, Math.floor((height - (grouped ? LEGEND_H : 0)) / Math.max(1, many)) - (many > 1 ? 22 : 0))
  const name = (measure: string): string => `${titleOf(panel)}, ${measureTitle(measure)}`
  if (asTable) {
    return (
      <div className="paneltable">{answer.measures.map((measure, index) => (
        <div key={measure.name}>
          {many > 1 && <p className="t3 small measurename">{measureTitle(measure.name)}</p>}
          <SeriesTable times={times} series={seriesOf(answer, index, false, coloursOf)} unit={measure.unit} marks={marks} label={name(measure.name)} />
        </div>
      ))}</div>
    )
  }
  return (
    <div className="panelchart" ref={box}>
      {grouped && (
        <div className="legend">{named.map((item, at) => {
          const door = doorOf(panel, filter, answer.groups.find((group) => group.key.join(' · ') === item.key)?.key)
          return <Link key={at} to={door.to} search={{ filter: door.filter } as never} title={`Open those of ${item.name}`}><i className="dot" style={{ background: `var(${item.colour})` }} /><span className="clip">{item.name}</span></Link>
        })}</div>
      )}
      {height > 0 && answer.measures.map((measure, index) => (
        <div key={measure.name}>
          {many > 1 && <p className="t3 small measurename">{measureTitle(measure.name)}</p>}
          <TimeChart times={times} series={seriesOf(answer, index, false, coloursOf)} unit={measure.unit} marks={marks} label={name(measure.name)} height={each} onBrush={(from, to) => setRange({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })} />
        </div>
      ))}
    </div>
  )
}

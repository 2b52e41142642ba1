// A panel of how the values of one number lie over time; a region of it opens what lies there.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useRef, useState, type ReactNode } from 'react'
import { heatmapQuery, type HeatmapAnswer } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { joinTerms } from '@/base/filter'
import { parseTime } from '@/base/time'
import { cellsOf, regionFilter, unitOf, type Region } from '@/features/metrics'
import { HeatmapChart, type Cells } from '@/widgets/chart/HeatmapChart'
import { HeatTable } from '@/widgets/chart/HeatTable'
import { stepOf } from '@/widgets/chart/series'
import { useSize } from '@/widgets/size'
import { doorOf, heatOf, titleOf } from '../lib/panel'
import type { BodyProps } from '../lib/shown'
import { Nothing, Trouble, Waiting } from './PanelStates'

const COLUMNS = 90
const ROWS = 24

export function HeatPanel(props: BodyProps): ReactNode {
  const { panel, window, filter } = props
  const { project } = useScope()
  const unit = panel.query.unit ?? 'calls'
  const whole = joinTerms([filter, panel.query.filter ?? ''])
  const { data, error, refetch } = useQuery(heatmapQuery(project, { ...window, unit, filter: whole, measure: heatOf(panel.query), columns: COLUMNS, rows: ROWS }))
  if (error) return <Trouble error={error} onRetry={() => void refetch()} />
  if (!data) return <Waiting />
  if (!data.counts.some((column) => column.some((count) => count > 0))) return <Nothing panel={panel} />
  if (props.asTable) return <div className="paneltable"><HeatTable times={data.buckets.map(parseTime)} bounds={data.bounds} counts={data.counts} unit={unitOf(heatOf(panel.query))} label={titleOf(panel)} noun={unit} /></div>
  return <HeatCells {...props} answer={data} />
}

function HeatCells({ panel, filter, answer }: BodyProps & { answer: HeatmapAnswer }): ReactNode {
  const [region, setRegion] = useState<Region | null>(null)
  const box = useRef<HTMLDivElement>(null)
  const { height } = useSize(box)
  const times = useMemo(() => answer.buckets.map(parseTime), [answer])
  const measure = heatOf(panel.query)
  const unit = panel.query.unit ?? 'calls'
  const cells = region && cellsOf(region, times, answer.bounds)
  const door = region && doorOf(panel, joinTerms([filter, regionFilter(region, measure)]))
  const mark = (next: Cells | null): void => setRegion(next && {
    fromMs: times[next[0]] ?? 0, toMs: (times[next[2]] ?? 0) + stepOf(times), low: answer.bounds[next[1]] ?? 0, high: answer.bounds[next[3] + 1] ?? 0,
  })
  return (
    <div className="panelchart heatpanel" ref={box}>
      {door && (
        <p className="heatdoor row small">
          <Link className="link" to={door.to} search={{ filter: door.filter } as never}>Open the {unit} of this region</Link>
          <button type="button" className="btn quiet tiny" onClick={() => setRegion(null)}>Clear</button>
        </p>
      )}
      {height > 0 && <HeatmapChart times={times} bounds={answer.bounds} counts={answer.counts} unit={unitOf(measure)} label={titleOf(panel)} noun={unit.slice(0, -1)} region={cells} onRegion={mark} height={Math.max(120, height)} />}
    </div>
  )
}

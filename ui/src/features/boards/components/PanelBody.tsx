// What a panel shows: one question, asked and drawn. Every number leads to what it was computed from.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useRef, useState, type ReactNode } from 'react'
import type { Panel } from '@/api/boards'
import { asProblem } from '@/api/client'
import { heatmapQuery, metricsQuery, type HeatmapAnswer, type MetricsAnswer } from '@/api/metrics'
import { useScope } from '@/api/scope'
import type { Window } from '@/api/useWindow'
import { joinTerms } from '@/base/filter'
import { formatValue, measureTitle, numberOf } from '@/base/measure'
import { parseTime } from '@/base/time'
import { cellsOf, regionFilter, seriesOf, unitOf, type Region } from '@/features/metrics'
import { HeatmapChart, type Cells } from '@/widgets/chart/HeatmapChart'
import { Spark } from '@/widgets/chart/Spark'
import { TimeChart } from '@/widgets/chart/TimeChart'
import { stepOf } from '@/widgets/chart/series'
import { Icon } from '@/widgets/icons'
import { Change, Meter } from '@/widgets/metric'
import { useSize } from '@/widgets/size'
import { Late } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { doorOf, heatOf, requestOf, titleOf } from '../lib/panel'

export interface BodyProps {
  panel: Panel
  window: Window
  /** The dashboard's and the page's. */
  filter: string
}

export function PanelBody(props: BodyProps): ReactNode {
  return props.panel.chart === 'heatmap' ? <Heat {...props} /> : <Measured {...props} />
}

function Trouble({ error, onRetry }: { error: unknown; onRetry: () => void }): ReactNode {
  const { message, requestId } = asProblem(error)
  return (
    <div className="panelstate" role="alert">
      <p className="err row"><Icon name="error" size={13} /> <span>{message}</span></p>
      <p className="row wrap"><button type="button" className="btn tiny" onClick={onRetry}>Try again</button>{requestId !== null && <span className="t3 micro">request <code>{requestId}</code></span>}</p>
    </div>
  )
}

const Waiting = (): ReactNode => <Late><div className="panelstate" role="status" aria-label="Loading" aria-busy="true"><i className="skeleton" style={{ width: '40%' }} /><i className="skeleton" style={{ width: '70%' }} /></div></Late>

function Nothing({ panel }: { panel: Panel }): ReactNode {
  return <div className="panelstate"><p className="t3">No {panel.query.unit ?? 'calls'} in this time{panel.query.filter === undefined ? '' : ' that match'}.</p></div>
}

const known = (values: readonly unknown[] | undefined): boolean => (values ?? []).some((value) => (numberOf(value) ?? 0) !== 0)
const isBare = (answer: MetricsAnswer): boolean => answer.groups.length === 0 && !known(answer.totals.values) && !(answer.totals.series ?? []).some(known)

function Measured(props: BodyProps): ReactNode {
  const { panel, window, filter } = props
  const { project } = useScope()
  const { data, error, refetch, isPlaceholderData } = useQuery(metricsQuery(project, requestOf(panel, window, filter)))
  if (error) return <Trouble error={error} onRetry={() => void refetch()} />
  if (!data || data.measures.length === 0) return <Waiting />
  if (panel.chart !== 'number' && isBare(data)) return <Nothing panel={panel} />
  const shown = { ...props, answer: data }
  return (
    <div className={isPlaceholderData ? 'panelbody old' : 'panelbody'}>
      {panel.chart === 'number' ? <BigNumber {...shown} /> : panel.chart === 'line' ? <Lines {...shown} /> : panel.chart === 'bar' ? <Bars {...shown} /> : <Rows {...shown} />}
      {data.unpriced_calls > 0 && panel.query.measures.some((measure) => measure.includes('cost')) && <p className="t3 micro unpricednote">{data.unpriced_calls.toLocaleString('en-US')} unpriced calls are in no cost</p>}
    </div>
  )
}

interface Shown extends BodyProps {
  answer: MetricsAnswer
}

function BigNumber({ panel, filter, answer }: Shown): ReactNode {
  const measure = answer.measures[0]
  if (!measure) return null
  const [now, before] = [answer.totals.values[0], answer.totals.compare?.[0]]
  const door = doorOf(panel, filter)
  const numbers = (values: readonly unknown[] | undefined): (number | null)[] => (values ?? []).map(numberOf)
  return (
    <Link to={door.to} search={{ filter: door.filter === '' ? undefined : door.filter } as never} className="bignumber">
      <span className={numberOf(now) === null ? 'value t3' : 'value'}>{formatValue(measure.unit, now)}</span>
      <span className="delta small clip">{numberOf(before) === null ? <span className="t3">nothing before to compare with</span> : <><Change measure={measure.name} unit={measure.unit} now={now} before={before} /> <span className="t3">was {formatValue(measure.unit, before)}</span></>}</span>
      <Spark values={numbers(answer.totals.series?.[0])} ghost={numbers(answer.totals.compare_series?.[0])} zero={measure.unit !== 'score'} height={36} />
      <span className="hidden">, open its {panel.query.unit ?? 'calls'}</span>
    </Link>
  )
}

const LEGEND_H = 28
const CHART_H_MIN = 70

function Lines({ panel, filter, answer }: Shown): ReactNode {
  const { setRange } = useScope()
  const box = useRef<HTMLDivElement>(null)
  const { height } = useSize(box)
  const times = useMemo(() => answer.buckets?.map(parseTime) ?? [], [answer])
  const grouped = answer.dimensions.length > 0
  const many = answer.measures.length
  const named = seriesOf(answer, 0, false)
  const each = Math.max(CHART_H_MIN, Math.floor((height - (grouped ? LEGEND_H : 0)) / Math.max(1, many)) - (many > 1 ? 22 : 0))
  return (
    <div className="panelchart" ref={box}>
      {grouped && (
        <div className="legend">{named.map((item) => {
          const door = doorOf(panel, filter, answer.groups.find((group) => group.key.join(' · ') === item.key)?.key)
          return <Link key={item.key ?? item.name} to={door.to} search={{ filter: door.filter } as never} title={`Open those of ${item.name}`}><i className="dot" style={{ background: `var(${item.colour})` }} /><span className="clip">{item.name}</span></Link>
        })}</div>
      )}
      {height > 0 && answer.measures.map((measure, index) => (
        <div key={measure.name}>
          {many > 1 && <p className="t3 small measurename">{measureTitle(measure.name)}</p>}
          <TimeChart times={times} series={seriesOf(answer, index, false)} unit={measure.unit} label={`${titleOf(panel)}, ${measureTitle(measure.name)}`} height={each} onBrush={(from, to) => setRange({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })} />
        </div>
      ))}
    </div>
  )
}

const nameOf = (key: readonly string[]): string => key.map((part) => part || '(none)').join(' · ')

function Bars({ panel, filter, answer }: Shown): ReactNode {
  const measure = answer.measures[0]
  if (!measure) return null
  const most = Math.max(0, ...answer.groups.map((group) => numberOf(group.values[0]) ?? 0))
  return (
    <ul className="boardbars" tabIndex={0} aria-label={titleOf(panel)}>{answer.groups.map((group) => {
      const door = doorOf(panel, filter, group.key)
      const value = numberOf(group.values[0])
      return (
        <li key={group.is_other ? ' other' : group.key.join('\n')}>
          {group.is_other ? <span className="t3 clip">everything else</span> : <Link to={door.to} search={{ filter: door.filter } as never} className="clip" title={nameOf(group.key)}>{nameOf(group.key)}</Link>}
          <Meter share={most > 0 && value !== null ? value / most : null} look="accent" />
          <span className="num">{formatValue(measure.unit, group.values[0])}</span>
        </li>
      )
    })}</ul>
  )
}

function Rows({ panel, filter, answer }: Shown): ReactNode {
  const compared = answer.totals.compare !== null && answer.totals.compare !== undefined
  const line = (key: readonly string[] | null, item: Pick<MetricsAnswer['totals'], 'values' | 'compare'>, name: ReactNode): ReactNode => {
    const door = key === null ? null : doorOf(panel, filter, key)
    return (
      <>
        <td className="strong">{door ? <Link className="celllink" to={door.to} search={{ filter: door.filter === '' ? undefined : door.filter } as never}>{name}</Link> : name}</td>
        {answer.measures.map((measure, index) => <td key={measure.name} className="n">{formatValue(measure.unit, item.values[index])}{compared && <span className="was"><Change plain measure={measure.name} unit={measure.unit} now={item.values[index]} before={item.compare?.[index]} /></span>}</td>)}
      </>
    )
  }
  return (
    <div className="boardtable" tabIndex={0} role="region" aria-label={`${titleOf(panel)}, table`}>
      <Wide label={titleOf(panel)}><table className="rows">
        <thead><tr><th>{answer.dimensions.length > 0 ? answer.dimensions.join(' · ') : <span className="hidden">Group</span>}</th>{answer.measures.map((measure) => <th key={measure.name} className="n" title={measure.name}>{measureTitle(measure.name)}</th>)}</tr></thead>
        <tbody>
          <tr className="total">{line([], answer.totals, `All ${panel.query.unit ?? 'calls'}`)}</tr>
          {answer.groups.map((group) => <tr key={group.is_other ? ' other' : group.key.join('\n')}>{line(group.is_other ? null : group.key, group, group.is_other ? <span className="t3">everything else</span> : nameOf(group.key))}</tr>)}
        </tbody>
      </table></Wide>
    </div>
  )
}

const COLUMNS = 90
const ROWS = 24

function Heat(props: BodyProps): ReactNode {
  const { panel, window, filter } = props
  const { project } = useScope()
  const unit = panel.query.unit ?? 'calls'
  const whole = joinTerms([filter, panel.query.filter ?? ''])
  const { data, error, refetch } = useQuery(heatmapQuery(project, { ...window, unit, filter: whole, measure: heatOf(panel.query), columns: COLUMNS, rows: ROWS }))
  if (error) return <Trouble error={error} onRetry={() => void refetch()} />
  if (!data) return <Waiting />
  if (!data.counts.some((column) => column.some((count) => count > 0))) return <Nothing panel={panel} />
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

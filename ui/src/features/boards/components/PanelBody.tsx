// What a panel shows: one question, asked and drawn. Every number leads to what it was computed from.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { metricsQuery, type MetricsAnswer } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { formatValue, isFromZero, isNew, isThin, measureTitle, numberOf } from '@/base/measure'
import { parseTime } from '@/base/time'
import { Spark } from '@/widgets/chart/Spark'
import { Change, Meter } from '@/widgets/metric'
import { Wide } from '@/widgets/wide'
import { doorOf, requestOf, titleOf } from '../lib/panel'
import type { BodyProps, Shown } from '../lib/shown'
import { HeatPanel } from './HeatPanel'
import { LinesPanel } from './LinesPanel'
import { Nothing, Trouble, Waiting } from './PanelStates'

export function PanelBody(props: BodyProps): ReactNode {
  return props.panel.chart === 'heatmap' ? <HeatPanel {...props} /> : <Measured {...props} />
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
      {panel.chart === 'number' ? <BigNumber {...shown} /> : panel.chart === 'line' ? <LinesPanel {...shown} /> : panel.chart === 'bar' ? <Bars {...shown} /> : <Rows {...shown} />}
      {data.unpriced_calls > 0 && panel.query.measures.some((measure) => measure.includes('cost')) && <p className="t3 micro unpricednote">{data.unpriced_calls.toLocaleString('en-US')} unpriced calls are in no cost</p>}
    </div>
  )
}

export function BigNumber({ panel, filter, answer, marks }: Shown): ReactNode {
  const measure = answer.measures[0]
  if (!measure) return null
  const [now, before] = [answer.totals.values[0], answer.totals.compare?.[0]]
  const [count, countBefore] = [answer.totals.values[countAt(answer)], answer.totals.compare?.[countAt(answer)]]
  const thin = isThin(countBefore)
  // What was measured as 0 is something; of no call nothing is measured.
  const compared = numberOf(before) !== null && !isNew(count, countBefore)
  const door = doorOf(panel, filter)
  const from = parseTime(answer.from)
  const span = Math.max(1, parseTime(answer.to) - from)
  const numbers = (values: readonly unknown[] | undefined): (number | null)[] => (values ?? []).map(numberOf)
  return (
    <Link to={door.to} search={{ filter: door.filter === '' ? undefined : door.filter } as never} className="bignumber">
      <span className={numberOf(now) === null ? 'value t3' : 'value'}>{formatValue(measure.unit, now)}</span>
      <span className="delta small clip">{compared ? <><Change measure={measure.name} unit={measure.unit} now={now} before={before} {...(thin ? { mood: 'neutral' as const } : {})} />{!isFromZero(measure.unit, now, before) && <> <span className="t3">was {formatValue(measure.unit, before)}</span></>}</> : <span className="t3">nothing before</span>}</span>
      <Spark values={numbers(answer.totals.series?.[0])} ghost={numbers(answer.totals.compare_series?.[0])} marks={marks.map(({ atMs }) => (atMs - from) / span)} zero={measure.unit !== 'score'} height={36} />
      <span className="hidden">, open its {panel.query.unit ?? 'calls'}</span>
    </Link>
  )
}

const countAt = (answer: MetricsAnswer): number => answer.measures.findIndex((measure) => measure.name === 'count')

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
  const at = countAt(answer)
  // The count may only be asked for to know what a change says.
  const measures = answer.measures.slice(0, panel.query.measures.length)
  const compared = answer.totals.compare !== null && answer.totals.compare !== undefined && !isNew(answer.totals.values[at], answer.totals.compare[at])
  const line = (key: readonly string[] | null, item: Pick<MetricsAnswer['totals'], 'values' | 'compare'>, name: ReactNode): ReactNode => {
    const door = key === null ? null : doorOf(panel, filter, key)
    const fresh = compared && isNew(item.values[at], item.compare?.[at])
    const thin = isThin(item.compare?.[at])
    return (
      <>
        <td className="strong">{door ? <Link className="celllink clip" title={nameOf(key ?? [])} to={door.to} search={{ filter: door.filter === '' ? undefined : door.filter } as never}>{name}</Link> : name}{fresh && <> <span className="badge" title="There was none of it in the period before">new</span></>}</td>
        {measures.map((measure, index) => <td key={measure.name} className="n">{formatValue(measure.unit, item.values[index])}{compared && <span className="was">{!fresh && <Change plain measure={measure.name} unit={measure.unit} now={item.values[index]} before={item.compare?.[index]} {...(thin ? { mood: 'neutral' as const } : {})} />}</span>}</td>)}
      </>
    )
  }
  return (
    <div className="boardtable">
      <Wide tall label={`${titleOf(panel)}, table`}><table className="rows">
        <thead><tr><th>{answer.dimensions.length > 0 ? answer.dimensions.join(' · ') : <span className="hidden">Group</span>}</th>{measures.map((measure) => <th key={measure.name} className="n" title={measure.name}>{measureTitle(measure.name)}</th>)}</tr></thead>
        <tbody>
          <tr className="total">{line([], answer.totals, `All ${panel.query.unit ?? 'calls'}`)}</tr>
          {answer.groups.map((group) => <tr key={group.is_other ? ' other' : group.key.join('\n')}>{line(group.is_other ? null : group.key, group, group.is_other ? <span className="t3">everything else</span> : nameOf(group.key))}</tr>)}
        </tbody>
      </table></Wide>
    </div>
  )
}

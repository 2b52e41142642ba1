// The shared page of one dimension: tiles, a chart, the groups in a table. Every number opens what it was computed from.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery, scoreNamesQuery, type MetricsAnswer } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { useArrivals, type Arrival } from '@/api/useArrivals'
import { useFilterVerdict, useReadFilter } from '@/api/useReadFilter'
import { useWindow, type Window } from '@/api/useWindow'
import { groupTerm, joinTerms } from '@/base/filter'
import { isThin, measureTitle, numberOf } from '@/base/measure'
import { parseTime } from '@/base/time'
import { formatCount } from '@/base/tokens'
import { ChartPanel } from '@/widgets/chart/ChartPanel'
import { useColours } from '@/widgets/chart/colours'
import { NAMED_SERIES_MAX, OTHER_COLOUR } from '@/widgets/chart/series'
import { FilterBar } from '@/widgets/filterbar'
import { useFace, type Hint } from '@/widgets/hints'
import { Tile } from '@/widgets/metric'
import { ChartSkeleton, TableSkeleton, TilesSkeleton } from '@/widgets/skeletons'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Unread } from '@/widgets/unread'
import { useFilter } from '@/widgets/useFilter'
import { AttributePicker } from './components/AttributePicker'
import { GroupTable } from './components/GroupTable'
import { GROUP_PAGES, chartOrder, dimensionOf, withScore, type GroupPageSpec, type GroupSearch } from './lib/pages'
import './groups.css'

const HINTS: readonly Hint[] = [['J K', 'move'], ['↵', 'open'], ['t', 'traces'], ['x', 'mark, compare'], ['f', 'filter by it'], ['b', 'next dimension'], ['/', 'filter'], ['e', 'export'], ['?', 'all keys']]
export const ROWS_MAX = 100
/** A day is a point where there are enough of them for a line. */
const DAILY_FROM_MS = 6 * 86_400_000

export interface GroupContext {
  spec: GroupPageSpec
  window: Window
  filter: string
  score: string | null
  scores: readonly string[]
  by: string
  byTitle: string
  arrivals: readonly Arrival[]
  /** The names of scores could not be read: that none is known does not mean that none has come. */
  noScoreNames: boolean
}

export function GroupPage({ id, extra }: { id: GroupPageSpec['id']; extra?: (context: GroupContext) => ReactNode }): ReactNode {
  const spec = GROUP_PAGES[id]
  const { project } = useScope()
  const window = useWindow()
  const handle = useFilter()
  const read = useReadFilter(spec.unit)
  const verdict = useFilterVerdict(spec.unit, handle.filter)
  const search = useSearch({ strict: false }) as GroupSearch
  const navigate = useNavigate()
  const scores = useQuery(scoreNamesQuery(project))
  const score = search.score ?? scores.data?.[0] ?? null
  const [by, byTitle] = dimensionOf(spec, search.by)
  const filter = joinTerms([spec.base, handle.filter])
  const arrivals = useArrivals(window, spec.unit === 'calls' ? handle.filter : '')
  const set = (part: GroupSearch): void => void navigate({ to: '.', search: (old) => ({ ...old, ...part }) as never, replace: true })
  useFace({ title: spec.title, hints: HINTS, ranged: true }, `group ${id}`)
  const context: GroupContext | null = window === null || scores.isPending || verdict === 'reading' ? null : { spec, window, filter, score, scores: scores.data ?? [], by, byTitle, arrivals, noScoreNames: scores.isError }
  return (
    <div className="insight">
      <div className="insighthead"><h1>{spec.title}</h1><span className="t3">{spec.about}</span></div>
      <FilterBar read={read} filter={handle.filter} onChange={handle.setFilter} placeholder="feature:…  model:…  -status:error  environment:production" />
      {verdict === 'wrong' ? <Unread onClear={() => handle.setFilter('')} /> : context === null ? <><TilesSkeleton count={spec.tiles.length} /><ChartSkeleton /><TableSkeleton count={8} /></> : (
        <>
          <Tiles context={context} />
          <GroupChart context={context} chosen={search.chart} onChosen={(chart) => set({ chart })} onGroup={(value) => handle.toggle(by, value)} />
          <Groups context={context} sort={search.sort} set={set} onFilter={(value) => handle.toggle(by, value)} />
          {extra?.(context)}
        </>
      )}
    </div>
  )
}

/** The page of what a number was computed from: calls, or traces that have such spans. */
export function doorOf(spec: GroupPageSpec): '/calls' | '/traces' {
  return spec.unit === 'calls' ? '/calls' : '/traces'
}

/** A filter of spans as a filter of traces: bound to one span, else each term might be met by another. */
export function doorFilter(spec: GroupPageSpec, filter: string): string {
  return spec.unit === 'spans' && filter !== '' ? `{${filter}}` : filter
}

function Tiles({ context: { spec, window, filter, score, arrivals } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const measures = withScore(spec.tiles, score)
  const asked = measures.includes('count') ? measures : [...measures, 'count']
  const { data, error, refetch } = useQuery(metricsQuery(project, { ...window, unit: spec.unit, filter, measures: asked, interval: 'auto', compare: 'previous' }))
  if (error) return <ProblemBox what="The measures could not be read" problem={asProblem(error)} onRetry={() => void refetch()} />
  if (!data) return <TilesSkeleton count={measures.length} />
  const from = parseTime(window.from)
  const span = Math.max(1, parseTime(window.to) - from)
  const thin = isThin(data.totals.compare?.[asked.indexOf('count')])
  return (
    <section className="metrictiles" aria-label="Totals">
      {data.measures.slice(0, measures.length).map(({ name, unit }, index) => (
        <Tile key={name} title={name === 'count' ? capital(spec.noun) : measureTitle(name)} measure={name} unit={unit} now={data.totals.values[index]} before={data.totals.compare?.[index]} {...(thin ? { mood: 'neutral' as const } : {})} values={(data.totals.series?.[index] ?? []).map(numberOf)} ghost={(data.totals.compare_series?.[index] ?? []).map(numberOf)}
          marks={arrivals.filter((item) => item.kind === 'release').map((item) => (item.atMs - from) / span)} to="/explore" search={{ measures: name, unit: spec.unit === 'calls' ? undefined : spec.unit, filter: filter === '' ? undefined : filter }} />
      ))}
    </section>
  )
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function GroupChart({ context, chosen, onChosen, onGroup }: { context: GroupContext; chosen: string | undefined; onChosen: (measure: string) => void; onGroup: (value: string) => void }): ReactNode {
  const { spec, window, filter, score, by, byTitle, arrivals } = context
  const { project, setRange } = useScope()
  const coloursOf = useColours(project)
  const options = withScore(spec.charts, score)
  const measure = options.find((name) => name === chosen) ?? options[0] ?? 'count'
  const titleOf = (name: string): string => (name === 'count' ? capital(spec.noun) : measureTitle(name))
  const interval = spec.daily === true && parseTime(window.to) - parseTime(window.from) >= DAILY_FROM_MS ? '1d' : 'auto'
  const { data, error, refetch } = useQuery(metricsQuery(project, { ...window, unit: spec.unit, filter, measures: [measure, 'count'], group_by: [by], interval, compare: 'previous', top: NAMED_SERIES_MAX, order: chartOrder(spec, measure) }))
  const controls = (
    <select className="chooser" aria-label="Measure of the chart" value={measure} onChange={(event) => onChosen(event.target.value)}>
      {options.map((name) => <option key={name} value={name}>{titleOf(name)}</option>)}
    </select>
  )
  if (error) return <section className="panel"><header className="chartheader"><h2>{titleOf(measure)}</h2><span className="push">{controls}</span></header><ProblemBox what="The chart could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /></section>
  if (!data?.buckets) return <ChartSkeleton title={titleOf(measure)} controls={controls} />
  const stacked = spec.stacked.includes(measure)
  const shown = data.groups.filter((group) => group.series !== null && (stacked || !group.is_other) && (group.series[0] ?? []).some((value) => numberOf(value) !== null))
  const unit = data.measures[0]?.unit ?? 'count'
  const colours = coloursOf(shown.filter((group) => !group.is_other).map((group) => group.key[0] ?? ''))
  if (shown.length === 0) return <section className="panel"><header className="chartheader"><h2>{titleOf(measure)}</h2><span className="push">{controls}</span></header><p className="panelnote">Nothing of this measure in this time.</p></section>
  return (
    <ChartPanel title={titleOf(measure)} note={`by ${byTitle.toLowerCase()}${interval === '1d' ? ', each day' : ''}`} controls={controls} stacked={stacked} log={unit === 'ns'} times={data.buckets.map(parseTime)} unit={unit}
      marks={arrivals.map(({ atMs, label }) => ({ atMs, label }))} onBrush={(a, b) => setRange({ from: new Date(a).toISOString(), to: new Date(b).toISOString() })} onSeries={onGroup}
      series={shown.map((group, index) => ({
        name: group.is_other ? 'other' : group.key[0] || `no ${byTitle.toLowerCase()}`, ...(group.is_other ? {} : { key: group.key[0] ?? '' }), colour: group.is_other ? OTHER_COLOUR : (colours[index] ?? OTHER_COLOUR), values: (group.series?.[0] ?? []).map(numberOf),
        ...(stacked && index === 0 && data.totals.compare_series ? { ghost: (data.totals.compare_series[0] ?? []).map(numberOf) } : {}),
      }))} />
  )
}

function Groups({ context, sort, set, onFilter }: { context: GroupContext; sort: string | undefined; set: (part: GroupSearch) => void; onFilter: (value: string) => void }): ReactNode {
  const { spec, window, filter, score, by, byTitle } = context
  const { project } = useScope()
  const navigate = useNavigate()
  const columns = useMemo(() => withScore(spec.columns, score), [spec, score])
  const measures = columns.includes('count') ? columns : [...columns, 'count']
  const order = measures.find((name) => name === sort) ?? columns[0] ?? 'count'
  const table = useQuery(metricsQuery(project, { ...window, unit: spec.unit, filter, measures, group_by: [by], compare: 'previous', top: ROWS_MAX, order }))
  const open = (value: string, place: '/calls' | '/traces', counted = ''): void => {
    const whole = joinTerms([filter, groupTerm(by, value), counted])
    void navigate({ to: place, search: { filter: place === '/traces' ? doorFilter(spec, whole) : whole } as never })
  }
  return (
    <section className="panel" aria-label={`By ${byTitle.toLowerCase()}`}>
      <header className="chartheader">
        <span className="seg" role="group" aria-label="Dimension">{spec.dimensions.map(([name, title]) => <button key={name} type="button" aria-pressed={name === by} onClick={() => set({ by: name })}>{title}</button>)}</span>
        <AttributePicker unit={spec.unit} by={by} onPick={(name) => set({ by: name })} />
        {table.data && <span className="t3 small push num">{countWords(table.data)}</span>}
      </header>
      {table.isError ? <ProblemBox what="The groups could not be read" problem={asProblem(table.error)} onRetry={() => void table.refetch()} />
        : !table.data ? <SkeletonRows count={8} />
          : <GroupTable answer={table.data} spec={spec} by={by} byTitle={byTitle} columns={columns} order={order} onOrder={(name) => set({ sort: name })} onOpen={(value, counted) => open(value, doorOf(spec), counted)} onTraces={(value) => open(value, '/traces')} onFilter={onFilter}
            onCompare={(a, b) => void navigate({ to: '/compare', search: { by, a, b, filter: filter === '' ? undefined : filter, unit: spec.unit === 'calls' ? undefined : spec.unit } as never })}
            exported={{ ...window, ...(filter === '' ? {} : { filter }) }}
            onNext={() => set({ by: spec.dimensions[(spec.dimensions.findIndex(([name]) => name === by) + 1) % spec.dimensions.length]?.[0] ?? by })} />}
    </section>
  )
}

function countWords(answer: MetricsAnswer): string {
  const shown = answer.groups.filter((group) => !group.is_other).length
  return answer.group_count > shown ? `the first ${formatCount(shown)} of ${formatCount(answer.group_count)}, the rest in the last row` : `${formatCount(shown)} in this time`
}

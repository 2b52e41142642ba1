// The metrics explorer: measures, groups, interval, filter; as lines, stack, bars or heatmap, and as a table. The address
// is the question.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery, scoreNamesQuery, type MetricsAnswer } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { useArrivals } from '@/api/useArrivals'
import { useFilterVerdict, useReadFilter } from '@/api/useReadFilter'
import { useWindow, type Window } from '@/api/useWindow'
import { groupTerm, joinTerms } from '@/base/filter'
import { measureTitle } from '@/base/measure'
import { parseTime } from '@/base/time'
import { ChartPanel } from '@/widgets/chart/ChartPanel'
import { useColours } from '@/widgets/chart/colours'
import { FilterBar } from '@/widgets/filterbar'
import { useFace, type Hint } from '@/widgets/hints'
import { useKeys } from '@/widgets/keys'
import { ChartSkeleton, TableSkeleton } from '@/widgets/skeletons'
import { ProblemBox } from '@/widgets/states'
import { Unread } from '@/widgets/unread'
import { useFilter } from '@/widgets/useFilter'
import { Heat } from './components/Heat'
import { Nothing } from './components/Nothing'
import { Question } from './components/Question'
import { ResultTable } from './components/ResultTable'
import { saysNothing, seriesOf } from './lib/series'
import { VIEWS, explorerOf, type Explorer, type ExplorerSearch } from './lib/state'
import './metrics.css'

const HINTS: readonly Hint[] = [['m', 'measure'], ['b', 'group by'], ['v', 'view'], ['J K', 'rows'], ['↵', 'open'], ['/', 'filter'], ['e', 'CSV'], ['?', 'all keys']]

/** `tools` stand beside the question: what else can be done with it. */
export function MetricsPage({ tools }: { tools?: ReactNode }): ReactNode {
  const { project } = useScope()
  const window = useWindow()
  const search = useSearch({ strict: false }) as ExplorerSearch
  const explorer = useMemo(() => explorerOf(search), [search])
  const handle = useFilter('region')
  const read = useReadFilter(explorer.unit)
  const verdict = useFilterVerdict(explorer.unit, handle.filter)
  const navigate = useNavigate()
  const scores = useQuery(scoreNamesQuery(project))
  const set = (part: ExplorerSearch): void => void navigate({ to: '.', search: (old) => ({ ...old, ...Object.fromEntries(Object.entries(part).map(([key, value]) => [key, value === '' ? undefined : value])) }) as never, replace: true })
  useFace({ title: 'Metrics', hints: HINTS, ranged: true }, 'metrics')
  useKeys({
    v: () => set({ view: VIEWS[(VIEWS.indexOf(explorer.view) + 1) % VIEWS.length] ?? 'lines' }),
    m: () => document.querySelector<HTMLElement>('[data-measure]')?.focus(), b: () => document.querySelector<HTMLElement>('[data-by]')?.focus(),
  })
  return (
    <div className="insight wide">
      <h1 className="hidden">Metrics</h1>
      <FilterBar read={read} filter={handle.filter} onChange={handle.setFilter} placeholder="model:…  feature:…  status:error  cost_usd>0.05" />
      <Question explorer={explorer} set={set} scores={scores.data ?? []} tools={tools} />
      {verdict === 'wrong' ? <Unread onClear={() => handle.setFilter('')} />
        : window === null || verdict === 'reading' ? <Waiting count={explorer.measures.length} />
        : explorer.view === 'heat' ? <Heat explorer={explorer} window={window} filter={handle.filter} setFilter={handle.setFilter} set={set} />
          : <Measures explorer={explorer} window={window} filter={handle.filter} onFilter={handle.toggle} onClear={() => handle.setFilter('')} />}
    </div>
  )
}

/** The heights of charts: more of them are lower. */
const heightOf = (charts: number): number => (charts > 1 ? 200 : 300)

function Waiting({ count }: { count: number }): ReactNode {
  return <div className="results"><div className={count > 1 ? 'charts many' : 'charts'}>{Array.from({ length: count }, (_, at) => <ChartSkeleton key={at} height={heightOf(count)} />)}</div><TableSkeleton count={6} /></div>
}

function Measures({ explorer, window, filter, onFilter, onClear }: { explorer: Explorer; window: Window; filter: string; onFilter: (field: string, value: string) => void; onClear: () => void }): ReactNode {
  const { project, setRange } = useScope()
  const coloursOf = useColours(project)
  const navigate = useNavigate()
  const arrivals = useArrivals(window, explorer.unit === 'calls' ? filter : '')
  const { unit, measures, by, interval, view, compare, top } = explorer
  // How many there were says whether a change means anything.
  const asked = measures.includes('count') ? measures : [...measures, 'count']
  const { data, error, refetch, isPlaceholderData } = useQuery(metricsQuery(project, { ...window, unit, filter, measures: asked, group_by: by, interval: interval === 'none' ? null : interval, compare: compare ? 'previous' : null, top }))
  if (error) {
    const problem = asProblem(error)
    return <ProblemBox what={problem.status >= 400 && problem.status < 500 ? 'The question was refused' : 'The question could not be answered'} problem={problem} onRetry={() => void refetch()} />
  }
  if (!data) return <Waiting count={interval === 'none' ? 0 : measures.length} />
  if (saysNothing(data)) return <Nothing noun={unit} onClear={filter === '' ? null : onClear} />
  const open = (key: readonly string[], counted = ''): void => {
    const whole = joinTerms([filter, ...(key.length === 0 ? [] : by.map((name, index) => groupTerm(name, key[index] ?? ''))), counted])
    void navigate({ to: unit === 'calls' ? '/calls' : '/traces', search: { filter: unit === 'spans' && whole !== '' ? `{${whole}}` : whole === '' ? undefined : whole } as never })
  }
  return (
    <div className={isPlaceholderData ? 'results old' : 'results'}>
      {data.buckets && <div className={measures.length > 1 ? 'charts many' : 'charts'}>{data.measures.slice(0, measures.length).map((measure, index) => (
        <ChartPanel key={measure.name} title={measureTitle(measure.name)} note={<MeasureNote answer={data} index={index} />} unit={measure.unit} times={data.buckets?.map(parseTime) ?? []} series={seriesOf(data, index, view === 'stack', coloursOf)}
          stacked={view === 'stack' || (view === 'bars' && by.length > 0)} bars={view === 'bars'} log={measure.unit === 'ns' && view === 'lines'} marks={arrivals.map(({ atMs, label }) => ({ atMs, label }))} height={heightOf(measures.length)}
          onBrush={(a, b) => setRange({ from: new Date(a).toISOString(), to: new Date(b).toISOString() })} {...(by.length === 1 ? { onSeries: (key: string) => onFilter(by[0] ?? '', key) } : {})} />
      ))}</div>}
      <ResultTable answer={data} shown={measures.length} onOpen={open} noun={unit} />
    </div>
  )
}

function MeasureNote({ answer, index }: { answer: MetricsAnswer; index: number }): ReactNode {
  const measure = answer.measures[index]
  if (!measure) return null
  return <>{measureTitle(measure.name) === measure.name ? '' : <code>{measure.name}</code>} {measure.error > 0 ? `≈ within ${measure.error * 100}%, ` : ''}from {{ rollup: 'rollups', rows: 'rows', both: 'rollups and rows' }[measure.source]}</>
}

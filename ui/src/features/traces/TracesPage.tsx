// The trace list page: filter, histogram, facets, list; all of it one view of the URL.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Suspense, lazy, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { facetsQuery, histogramQuery, ingestQuery, projectsQuery, tracesQuery } from '@/api/queries'
import { useNewSpans } from '@/api/fresh'
import { whenThere } from '@/api/reach'
import { useScope } from '@/api/scope'
import { useMarks } from '@/api/useArrivals'
import { useWindow } from '@/api/useWindow'
import type { TraceRow } from '@/api/types'
import { filterParams } from '@/api/filter'
import { useFilterVerdict, useReadFilter } from '@/api/useReadFilter'
import { describeRange } from '@/base/range'
import { formatAgo } from '@/base/time'
import { formatCount } from '@/base/tokens'
import { clamp } from '@/base/values'
import { ExportMenu } from '@/features/export'
import { FacetList } from '@/widgets/facets'
import { FilterBar } from '@/widgets/filterbar'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { Empty, Late, ProblemBox, ProblemLine, SkeletonRows } from '@/widgets/states'
import { Unread } from '@/widgets/unread'
import { useChosenRow } from '@/widgets/useChosenRow'
import { useFilter, type FilterHandle } from '@/widgets/useFilter'
import { HistogramChart } from './components/HistogramChart'
import { TraceList } from './components/TraceList'
import './traces.css'

/** Read only by those who have no trace yet. */
const ConnectPanel = lazy(() => whenThere(() => import('@/features/connect')).then((face) => ({ default: face.ConnectPanel })))

const FACETS = ['status', 'service', 'model', 'release', 'environment', 'kind', 'user', 'session'] as const
const BUCKETS = 90
const WATCH_MS = 5_000
const HINTS: readonly Hint[] = [['J K', 'move'], ['↵', 'open'], ['Space', 'peek'], ['/', 'filter'], ['e', 'export'], ['y', 'copy link'], ['?', 'all keys']]

/** The trace opened last, so that coming back finds it again. */
let lastOpened: string | null = null
const keyOf = (trace: TraceRow): string => trace.trace_id

export function TracesPage(): ReactNode {
  const scope = useScope()
  const handle = useFilter('peek')
  const read = useReadFilter('traces')
  const { filter } = handle
  const verdict = useFilterVerdict('traces', filter)
  const params = useMemo(() => ({ ...scope.bounds, ...filterParams(filter) }), [scope.bounds, filter])
  const list = useInfiniteQuery(tracesQuery(scope.project, params))
  const histogram = useQuery(histogramQuery(scope.project, params, BUCKETS))
  const facets = useQuery(facetsQuery(scope.project, params))
  const ingest = useQuery(ingestQuery(scope.project, WATCH_MS))
  const marks = useMarks(useWindow())
  const traces = useMemo(() => list.data?.pages.flatMap((page) => page.traces) ?? [], [list.data])
  const total = useMemo(() => histogram.data?.buckets.reduce((sum, bucket) => sum + bucket.count, 0) ?? null, [histogram.data])
  // What was read stays when the next page of it fails.
  const failed = list.isError && !list.isFetchNextPageError
  const fresh = useNewSpans(ingest.data?.last_span_at ?? null, list.dataUpdatedAt)
  // Once shown, the empty state stays until the list has something: its lamp is to be seen when the first span comes.
  const [waiting, setWaiting] = useState(false)
  const bare = list.isSuccess && traces.length === 0 && filter === ''
  const projects = useQuery({ ...projectsQuery(scope.project), enabled: bare })
  const newProject = projects.isSuccess && !projects.data.projects.some((item) => item.name === scope.project && item.trace_count > 0)
  const nothingEver = bare && (waiting || newProject || ingest.data?.first_span_at === null)
  useEffect(() => setWaiting(nothingEver), [nothingEver])
  useFace(nothingEver ? null : { title: 'Traces', hints: HINTS, ranged: true }, nothingEver ? 'connect' : 'traces')
  if (nothingEver) return <Suspense fallback={<SkeletonRows count={8} />}><ConnectPanel /></Suspense>
  return (
    <div className="traces">
      <h1 className="hidden">Traces</h1>
      <FilterBar read={read} filter={filter} onChange={handle.setFilter} placeholder="status:error  model:…  cost_usd>0.05  words in prompts and answers" />
      <div className="summary small t2">
        <span>{total === null ? ' ' : <><b className="strong num">{formatCount(total)}</b> {total === 1 ? 'trace' : 'traces'}</>}</span>
        {list.data?.pages[0] !== undefined && <span className="t3 answered">answered in {Math.round(list.data.pages[0].elapsed_ms)} ms</span>}
        {fresh && <button type="button" className="btn tiny" onClick={scope.refresh}><i className="light on" /> New spans, show them</button>}
        <span className="push"><ExportMenu unit="traces" params={params} /></span>
        <Link to="/slowest" search={filterParams(filter) as never} className="btn quiet tiny" title="g w"><Icon name="clock" size={12} /> Slowest</Link>
        <button type="button" className="btn quiet tiny" onClick={scope.refresh} title="⇧R"><Icon name="refresh" size={12} /> Refresh</button>
      </div>
      {verdict === 'wrong' ? <Unread onClear={() => handle.setFilter('')} /> : <div className="tracesbody">
        <FacetList fields={FACETS} known={facets.data?.facets ?? {}} handle={handle} pending={facets.isPending} problem={facets.isError && !failed ? asProblem(facets.error) : null} onRetry={() => void facets.refetch()} />
        <div className="traceslist">
          {histogram.data && total !== null && total > 0
            ? <HistogramChart data={histogram.data} marks={marks} onBrush={(from, to) => scope.setRange({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })} />
            : histogram.isError && !failed ? <ProblemLine what="The histogram could not be read" problem={asProblem(histogram.error)} onRetry={() => void histogram.refetch()} />
              : !failed && <div className="histogram">{histogram.isPending && <Late><i className="skeleton histwaiting" /></Late>}</div>}
          {list.isPending && <SkeletonRows count={16} list />}
          {failed && verdict === 'right' && <ProblemBox what="The traces could not be read" problem={asProblem(list.error)} onRetry={() => void list.refetch()} />}
          {list.isSuccess && traces.length === 0 && <NoTraces handle={handle} lastSpan={ingest.data?.last_span_at ?? null} />}
          {traces.length > 0 && !failed && (
            <ListView traces={traces} total={total} more={list.hasNextPage && !list.isFetchNextPageError} loadingMore={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
          )}
          {list.isFetchNextPageError && <ProblemLine what="Older traces could not be read" problem={asProblem(list.error)} onRetry={() => void list.fetchNextPage()} />}
        </div>
      </div>}
    </div>
  )
}

function ListView({ traces, total, more, loadingMore, onMore }: {
  traces: readonly TraceRow[]
  total: number | null
  more: boolean
  loadingMore: boolean
  onMore: () => void
}): ReactNode {
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as { peek?: string }
  const peek = search.peek ?? null
  const [selected, setSelected] = useChosenRow(traces, keyOf, peek ?? lastOpened)
  const onOpen = useCallback((trace: TraceRow) => {
    lastOpened = trace.trace_id
    void navigate({ to: '/traces/$traceId', params: { traceId: trace.trace_id } })
  }, [navigate])
  const onPeek = useCallback((trace: TraceRow | null) => {
    void navigate({ to: '/traces', search: (old) => ({ ...old, peek: trace?.trace_id }) as never, replace: true })
  }, [navigate])
  const current = traces[selected]
  const move = (step: number): void => {
    const next = clamp(selected + step, 0, traces.length - 1)
    setSelected(next)
    const trace = traces[next]
    if (peek !== null && trace) onPeek(trace)
  }
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1),
    PageDown: () => move(20), PageUp: () => move(-20), Home: () => setSelected(0), End: () => setSelected(traces.length - 1),
    Enter: () => current && onOpen(current),
    Space: () => current && onPeek(peek === current.trace_id ? null : current),
    Escape: () => onPeek(null),
  })
  return <TraceList traces={traces} total={total} selected={selected} peek={peek} more={more} loadingMore={loadingMore} onMore={onMore}
    onSelect={setSelected} onOpen={onOpen} onPeek={onPeek} />
}

function NoTraces({ handle, lastSpan }: { handle: FilterHandle; lastSpan: string | null }): ReactNode {
  const scope = useScope()
  const filtered = handle.filter !== ''
  return (
    <Empty title={filtered ? 'No trace matches this filter' : 'No traces in this time'}>
      <p>
        {describeRange(scope.range, Date.now())}, project {scope.project}.{' '}
        {lastSpan === null ? '' : `The last span of any project arrived ${formatAgo(lastSpan)}.`}
      </p>
      <div className="row wrap">
        {filtered && <button type="button" className="btn primary" onClick={() => handle.setFilter('')}>Clear the filter</button>}
        {scope.range.range !== 'all' && <button type="button" className="btn" onClick={() => scope.setRange({ range: 'all' })}>Look at all time</button>}
      </div>
    </Empty>
  )
}

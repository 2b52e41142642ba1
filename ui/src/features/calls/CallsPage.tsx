// The list of model calls: filter, facets, rows; all of it one view of the URL.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState, type ReactNode } from 'react'
import { filterParams } from '@/api/filter'
import { useFilterVerdict, useReadFilter } from '@/api/useReadFilter'
import { asProblem } from '@/api/client'
import { useNewSpans } from '@/api/fresh'
import { callsQuery, facetsQuery, ingestQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { CallRow } from '@/api/types'
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
import { useMedia } from '@/widgets/size'
import { Empty, ProblemBox, ProblemLine, SkeletonRows } from '@/widgets/states'
import { Unread } from '@/widgets/unread'
import { useChosenRow } from '@/widgets/useChosenRow'
import { useFilter, type FilterHandle } from '@/widgets/useFilter'
import { CallList } from './components/CallList'
import { keyOf } from './lib/words'
import './calls.css'

const FACETS = ['status', 'service', 'model', 'release', 'environment', 'user', 'session']
const WATCH_MS = 5_000
const PAGE_ROWS = 20
const HINTS: readonly Hint[] = [['J K', 'move'], ['↵', 'open'], ['t', 'its trace'], ['/', 'filter'], ['f', 'facets'], ['e', 'export'], ['y', 'copy link'], ['?', 'all keys']]

/** The call opened last, so that coming back finds it again. */
let lastOpened: string | null = null

export function CallsPage(): ReactNode {
  const scope = useScope()
  const handle = useFilter()
  const read = useReadFilter('calls')
  const { filter } = handle
  const verdict = useFilterVerdict('calls', filter)
  const params = useMemo(() => ({ ...scope.bounds, ...filterParams(filter) }), [scope.bounds, filter])
  const list = useInfiniteQuery(callsQuery(scope.project, params))
  const facets = useQuery(facetsQuery(scope.project, scope.bounds))
  const ingest = useQuery(ingestQuery(scope.project, WATCH_MS))
  const calls = useMemo(() => list.data?.pages.flatMap((page) => page.calls) ?? [], [list.data])
  // What was read stays when the next page of it fails.
  const failed = list.isError && !list.isFetchNextPageError
  const fresh = useNewSpans(ingest.data?.last_span_at ?? null, list.dataUpdatedAt)
  const roomy = useMedia('(min-width: 1700px)')
  const [wanted, setWanted] = useState<boolean | null>(null)
  const side = wanted ?? roomy
  const known = facets.data?.facets ?? {}
  useFace({ title: 'Calls', hints: HINTS, ranged: true, narrow: true }, 'calls')
  useKeys({
    f: () => setWanted(!side),
    Escape: () => setWanted(null),
  })
  return (
    <div className="calls">
      <h1 className="hidden">Calls</h1>
      <FilterBar read={read} filter={filter} onChange={handle.setFilter} placeholder="model:…  ttft>2s  status:error  words in prompts and answers" />
      <div className="summary small t2">
        <button type="button" className="btn quiet tiny facetbtn" aria-pressed={side} onClick={() => setWanted(!side)} title="f">Facets</button>
        <span>{list.isSuccess && <><b className="strong num">{formatCount(calls.length)}</b> {list.hasNextPage ? 'newest calls, more below' : calls.length === 1 ? 'call' : 'calls'}</>}</span>
        {list.data?.pages[0] !== undefined && <span className="t3 answered">answered in {Math.round(list.data.pages[0].elapsed_ms)} ms</span>}
        {fresh && <button type="button" className="btn tiny" onClick={scope.refresh}><i className="light on" /> New spans, show them</button>}
        <span className="push"><ExportMenu unit="calls" params={params} /></span>
        <Link to="/tail" search={filterParams(filter) as never} className="btn quiet tiny"><Icon name="tail" size={12} /> Live</Link>
        <button type="button" className="btn quiet tiny" onClick={scope.refresh} title="⇧R"><Icon name="refresh" size={12} /> Refresh</button>
      </div>
      {verdict === 'wrong' ? <Unread onClear={() => handle.setFilter('')} /> : <div className={side ? 'callsbody side' : 'callsbody'}>
        {side && <FacetList fields={FACETS} known={known} handle={handle} pending={facets.isPending} problem={facets.isError && !failed ? asProblem(facets.error) : null} onRetry={() => void facets.refetch()} note="Counts are traces in this time." />}
        <div className="callsmain">
          {list.isPending && <SkeletonRows count={20} list />}
          {failed && verdict === 'right' && <ProblemBox what="The calls could not be read" problem={asProblem(list.error)} onRetry={() => void list.refetch()} />}
          {list.isSuccess && calls.length === 0 && <NoCalls handle={handle} first={ingest.data?.first_span_at} lastSpan={ingest.data?.last_span_at ?? null} />}
          {calls.length > 0 && !failed && (
            <ListView calls={calls} more={list.hasNextPage && !list.isFetchNextPageError} loadingMore={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
          )}
          {list.isFetchNextPageError && <ProblemLine what="Older calls could not be read" problem={asProblem(list.error)} onRetry={() => void list.fetchNextPage()} />}
        </div>
      </div>}
    </div>
  )
}

function ListView({ calls, more, loadingMore, onMore }: { calls: readonly CallRow[]; more: boolean; loadingMore: boolean; onMore: () => void }): ReactNode {
  const navigate = useNavigate()
  const [selected, setSelected] = useChosenRow(calls, keyOf, lastOpened)
  const onOpen = useCallback((call: CallRow) => {
    lastOpened = keyOf(call)
    void navigate({ to: '/calls/$traceId/$spanId', params: { traceId: call.trace_id, spanId: call.span_id } })
  }, [navigate])
  const current = calls[selected]
  const move = (step: number): void => setSelected(clamp(selected + step, 0, calls.length - 1))
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1),
    PageDown: () => move(PAGE_ROWS), PageUp: () => move(-PAGE_ROWS), Home: () => setSelected(0), End: () => setSelected(calls.length - 1),
    Enter: () => current && onOpen(current),
    t: () => current && void navigate({ to: '/traces/$traceId', params: { traceId: current.trace_id }, search: { span: current.span_id } as never }),
  })
  return <CallList label="Calls" calls={calls} selected={selected} more={more} loadingMore={loadingMore} onMore={onMore} onSelect={setSelected} onOpen={onOpen} />
}

function NoCalls({ handle, first, lastSpan }: { handle: FilterHandle; first: string | null | undefined; lastSpan: string | null }): ReactNode {
  const scope = useScope()
  if (first === null) {
    return (
      <Empty title="No call has come yet">
        <p>A call is a request to a model: a span of kind llm, embedding or rerank, sent over OTLP by your application or seen by the gateway.</p>
        <Link to="/connect" className="btn primary">Connect an application</Link>
      </Empty>
    )
  }
  const filtered = handle.filter !== ''
  return (
    <Empty title={filtered ? 'No call matches this filter' : 'No model calls in this time'}>
      <p>
        {describeRange(scope.range, Date.now())}, project {scope.project}.{' '}
        {lastSpan === null ? '' : `The last span of any project arrived ${formatAgo(lastSpan)}.`}
      </p>
      <div className="row wrap">
        {filtered && <button type="button" className="btn primary" onClick={() => handle.setFilter('')}>Clear the filter</button>}
        {scope.range.range !== 'all' && <button type="button" className="btn" onClick={() => scope.setRange({ range: 'all' })}>Look at all time</button>}
        <Link to="/traces" className="btn">Look at traces</Link>
      </div>
    </Empty>
  )
}

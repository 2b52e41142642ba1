// The list of sessions: filter and rows; all of it one view of the URL.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { filterParams } from '@/api/filter'
import { useNewSpans } from '@/api/fresh'
import { ingestQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { sessionsQuery, type SessionRow } from '@/api/threads'
import { useFilterVerdict, useReadFilter } from '@/api/useReadFilter'
import { formatTerm } from '@/base/filter'
import { describeRange } from '@/base/range'
import { formatCount } from '@/base/tokens'
import { clamp } from '@/base/values'
import { ExportMenu } from '@/features/export'
import { FilterBar } from '@/widgets/filterbar'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { Empty, ProblemBox, ProblemLine, SkeletonRows } from '@/widgets/states'
import { Unread } from '@/widgets/unread'
import { useChosenRow } from '@/widgets/useChosenRow'
import { useFilter, type FilterHandle } from '@/widgets/useFilter'
import { Outcomes } from './components/Outcomes'
import { SessionList } from './components/SessionList'
import { isOver } from './lib/words'
import './sessions.css'

const WATCH_MS = 5_000
const PAGE_ROWS = 20
const HINTS: readonly Hint[] = [['J K', 'move'], ['↵', 'open'], ['t', 'its traces'], ['/', 'filter'], ['e', 'export'], ['y', 'copy link'], ['?', 'all keys']]

/** The session opened last, so that coming back finds it again. */
let lastOpened: string | null = null
const keyOf = (session: SessionRow): string => session.session_id

export function SessionsPage(): ReactNode {
  const scope = useScope()
  const handle = useFilter()
  const read = useReadFilter('traces')
  const { filter } = handle
  const verdict = useFilterVerdict('traces', filter)
  const params = useMemo(() => ({ ...scope.bounds, ...filterParams(filter) }), [scope.bounds, filter])
  const list = useInfiniteQuery(sessionsQuery(scope.project, params))
  const ingest = useQuery(ingestQuery(scope.project, WATCH_MS))
  const sessions = useMemo(() => list.data?.pages.flatMap((page) => page.sessions) ?? [], [list.data])
  // What was read stays when the next page of it fails.
  const failed = list.isError && !list.isFetchNextPageError
  const fresh = useNewSpans(ingest.data?.last_span_at ?? null, list.dataUpdatedAt)
  useFace({ title: 'Sessions', hints: HINTS, ranged: true }, 'sessions')
  return (
    <div className="sessions">
      <h1 className="hidden">Sessions</h1>
      <FilterBar read={read} filter={filter} onChange={handle.setFilter} placeholder="user:…  status:error  model:…  words in prompts and answers" />
      <div className="summary small t2">
        <span>{list.isSuccess && <><b className="strong num">{formatCount(sessions.length)}</b> {list.hasNextPage && 'newest '}{sessions.length === 1 ? 'session' : 'sessions'}{filter !== '' && ' with a turn that matches'}{list.hasNextPage && ', more below'}</>}</span>
        {list.data?.pages[0] !== undefined && <span className="t3 answered">answered in {Math.round(list.data.pages[0].elapsed_ms)} ms</span>}
        {fresh && <button type="button" className="btn tiny" onClick={scope.refresh}><i className="light on" /> New spans, show them</button>}
        <span className="push"><ExportMenu unit="sessions" params={params} /></span>
        <button type="button" className="btn quiet tiny" onClick={scope.refresh} title="⇧R"><Icon name="refresh" size={12} /> Refresh</button>
      </div>
      {verdict !== 'wrong' && (list.isPending || sessions.length > 0) && <Outcomes params={params} />}
      {verdict === 'wrong' ? <Unread onClear={() => handle.setFilter('')} /> : <div className="sessionsmain">
        {list.isPending && <SkeletonRows count={20} list />}
        {failed && verdict === 'right' && <ProblemBox what="The sessions could not be read" problem={asProblem(list.error)} onRetry={() => void list.refetch()} />}
        {list.isSuccess && sessions.length === 0 && <NoSessions handle={handle} first={ingest.data?.first_span_at} />}
        {sessions.length > 0 && !failed && (
          <ListView sessions={sessions} filtered={filter !== ''} ended={isOver(scope.bounds.to, list.dataUpdatedAt)} more={list.hasNextPage && !list.isFetchNextPageError} loadingMore={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
        )}
        {list.isFetchNextPageError && <ProblemLine what="Older sessions could not be read" problem={asProblem(list.error)} onRetry={() => void list.fetchNextPage()} />}
      </div>}
    </div>
  )
}

function ListView({ sessions, ...rest }: { sessions: readonly SessionRow[]; filtered: boolean; ended: boolean; more: boolean; loadingMore: boolean; onMore: () => void }): ReactNode {
  const navigate = useNavigate()
  const [selected, setSelected] = useChosenRow(sessions, keyOf, lastOpened)
  const onOpen = useCallback((session: SessionRow) => {
    lastOpened = session.session_id
    void navigate({ to: '/sessions/$sessionId', params: { sessionId: session.session_id } })
  }, [navigate])
  const current = sessions[selected]
  const move = (step: number): void => setSelected(clamp(selected + step, 0, sessions.length - 1))
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1),
    PageDown: () => move(PAGE_ROWS), PageUp: () => move(-PAGE_ROWS), Home: () => setSelected(0), End: () => setSelected(sessions.length - 1),
    Enter: () => current && onOpen(current),
    t: () => current && void navigate({ to: '/traces', search: { filter: formatTerm('session', current.session_id) } as never }),
  })
  return <SessionList sessions={sessions} selected={selected} onSelect={setSelected} onOpen={onOpen} {...rest} />
}

function NoSessions({ handle, first }: { handle: FilterHandle; first: string | null | undefined }): ReactNode {
  const scope = useScope()
  const filtered = handle.filter !== ''
  return (
    <Empty title={filtered ? 'No session has a turn that matches' : 'No sessions in this time'}>
      <p>{describeRange(scope.range, Date.now())}, project {scope.project}.</p>
      {!filtered && <p>A session is every trace with the same <code>session.id</code> (or <code>langfuse.session.id</code>, <code>gen_ai.conversation.id</code>). Traces without one are no session.</p>}
      <div className="row wrap">
        {filtered && <button type="button" className="btn primary" onClick={() => handle.setFilter('')}>Clear the filter</button>}
        {scope.range.range !== 'all' && <button type="button" className={filtered || first === null ? 'btn' : 'btn primary'} onClick={() => scope.setRange({ range: 'all' })}>Look at all time</button>}
        {first === null && <Link to="/connect" className="btn primary">Connect an application</Link>}
        <Link to="/traces" className="btn">Look at traces</Link>
      </div>
    </Empty>
  )
}

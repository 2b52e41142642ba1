// One session: its sums, the rhythm of its turns, and the conversation.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { useScope } from '@/api/scope'
import { sessionQuery, type SessionRow, type Turn } from '@/api/threads'
import { cutText } from '@/base/ids'
import { formatDuration, formatMinute, parseTime } from '@/base/time'
import { formatCount, formatTokens, plural } from '@/base/tokens'
import { clamp } from '@/base/values'
import { NotThere } from '@/features/missing'
import { readSpanContent } from '@/features/span'
import { CopyButton } from '@/widgets/copy'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { PageSkeleton } from '@/widgets/skeletons'
import { ProblemBox, ProblemLine, type ProblemView } from '@/widgets/states'
import { Rhythm } from './components/Rhythm'
import { Thread, type ThreadHandle } from './components/Thread'
import { costText, nextBad, whyBad } from './lib/words'
import './sessions.css'

const HINTS: readonly Hint[] = [['J K', 'turn'], ['n', 'next bad turn'], ['↵', 'its trace'], ['o', 'its call'], ['l', 'cache lens'], ['y', 'copy link'], ['Esc', 'back']]

export function SessionPage(): ReactNode {
  const sessionId = (useParams({ strict: false }) as { sessionId: string }).sessionId
  const { project } = useScope()
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = useInfiniteQuery(sessionQuery(project, sessionId))
  useEffect(() => void readSpanContent(), [])
  const session = data?.pages.at(-1)?.session
  const turns = useMemo(() => data?.pages.flatMap((page) => page.turns) ?? [], [data])
  useFace({
    title: `Session ${cutText(sessionId, 30)}`, hints: HINTS,
    crumb: <><span className="sep">/</span><Link to="/sessions" className="deep">Sessions</Link><span className="sep deep">/</span><span className="clip">{sessionId}</span></>,
    status: session ? <span>{plural(session.trace_count, 'turn')}</span> : undefined,
  }, `session ${sessionId} ${session?.trace_count ?? ''}`)
  if (isPending) return <PageSkeleton count={18} title="Session" />
  if ((error && !isFetchNextPageError) || !session) {
    const problem = asProblem(error)
    if (problem.status === 404) return <Missing sessionId={sessionId} project={project} />
    return <ProblemBox alone what="The session could not be read" problem={problem} onRetry={() => void refetch()} />
  }
  // Turns that were read stay when the next ones fail.
  return <View key={sessionId} session={session} turns={turns} more={hasNextPage && !isFetchNextPageError} loadingMore={isFetchingNextPage} onMore={() => void fetchNextPage()} trouble={isFetchNextPageError ? asProblem(error) : null} />
}

function Missing({ sessionId, project }: { sessionId: string; project: string }): ReactNode {
  return (
    <NotThere title="This session is not here" ways={<Link to="/sessions" className="btn">Back to sessions</Link>}>
      <p>No trace with the session <code>{cutText(sessionId)}</code> is stored in project <b>{project}</b>. It may belong to another project, or be older than what is kept.</p>
    </NotThere>
  )
}

interface ViewProps {
  session: SessionRow
  turns: readonly Turn[]
  more: boolean
  loadingMore: boolean
  onMore: () => void
  trouble: ProblemView | null
}

function View({ session, turns, more, loadingMore, onMore, trouble }: ViewProps): ReactNode {
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as { turn?: string }
  const thread = useRef<ThreadHandle>(null)
  const linked = Number(search.turn ?? '')
  const [selected, setSelected] = useState(() => (Number.isInteger(linked) && linked >= 1 && linked <= turns.length ? linked - 1 : 0))
  // A link to a turn is followed once; after that the thread follows the selection.
  const opened = useRef(false)
  useEffect(() => {
    if (opened.current || search.turn !== undefined) thread.current?.show(selected)
    opened.current = true
  }, [selected])
  const select = (index: number): void => {
    setSelected(index)
    void navigate({ to: '.', search: (old) => ({ ...old, turn: index === 0 ? undefined : String(index + 1) }) as never, replace: true })
  }
  const move = (step: number): void => select(clamp(selected + step, 0, turns.length - 1))
  const bad = (step: 1 | -1): void => {
    const index = nextBad(turns, selected, step)
    if (index >= 0) select(index)
  }
  const turn = turns[selected]
  const sessionId = session.session_id
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1), Home: () => select(0), End: () => select(turns.length - 1),
    n: () => bad(1), N: () => bad(-1),
    Enter: () => turn && void navigate({ to: '/traces/$traceId', params: { traceId: turn.trace_id } }),
    o: () => turn?.span_id != null && void navigate({ to: '/calls/$traceId/$spanId', params: { traceId: turn.trace_id, spanId: turn.span_id } }),
    l: () => void navigate({ to: '/sessions/$sessionId/cache', params: { sessionId } }),
    Escape: () => void navigate({ to: '/sessions' }),
  })
  return (
    <div className="sessionpage">
      <Head session={session} turns={turns} onTurn={(index) => select(index)} />
      <div>
        <Rhythm turns={turns} total={session.trace_count} selected={selected} onSelect={select} />
        {trouble && <ProblemLine what="Later turns could not be read" problem={trouble} onRetry={onMore} />}
      </div>
      <Thread handle={thread} turns={turns} selected={selected} more={more} loadingMore={loadingMore} onMore={onMore} onSelect={select} />
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return <div><dt>{name}</dt><dd>{children}</dd></div>
}

function Head({ session, turns, onTurn }: { session: SessionRow; turns: readonly Turn[]; onTurn: (index: number) => void }): ReactNode {
  const cost = costText(session)
  const first = session.first_bad_turn
  const why = first === null ? null : turns[first - 1]
  const length = (parseTime(session.end_time) - parseTime(session.start_time)) * 1e6
  return (
    <section className="sessionhead" aria-label="Summary">
      <div className="row sessionline">
        <h1 className="clip" dir="auto" title={session.session_id}>{session.session_id}</h1>
        <CopyButton className="btn quiet tiny" label="Copy id" text={session.session_id} />
        <span className="push row">
          <Link to="/sessions/$sessionId/cache" params={{ sessionId: session.session_id }} className="btn">Cache lens <kbd>l</kbd></Link>
          <Link to="/traces" search={{ session: session.session_id } as never} className="btn wideonly">Its traces</Link>
        </span>
      </div>
      <dl className="facts">
        <Fact name="Turns">{formatCount(session.trace_count)}</Fact>
        <Fact name="Calls">{formatCount(session.call_count)}</Fact>
        <Fact name="Cost"><span title={cost.note === '' ? undefined : cost.note}>{cost.text}</span></Fact>
        <Fact name="Tokens">{formatTokens(session.input_tokens)} in · {formatTokens(session.output_tokens)} out</Fact>
        <Fact name="Over">{formatDuration(length)}</Fact>
        <Fact name="Began">{formatMinute(parseTime(session.start_time))}</Fact>
        {session.user_id !== null && <Fact name="User"><Link to="/sessions" search={{ user: session.user_id } as never} title="Sessions of this user">{cutText(session.user_id, 40)}</Link></Fact>}
        {session.models.length > 0 && <Fact name={session.models.length === 1 ? 'Model' : 'Models'}><span title={session.models.join(', ')}>{cutText(session.models.slice(0, 2).join(', '), 60)}{session.models.length > 2 && ` +${session.models.length - 2}`}</span></Fact>}
        {session.error_count > 0 && <Fact name="Failed spans">{formatCount(session.error_count)}</Fact>}
      </dl>
      {first !== null && (
        <p className="verdict">
          <span className="warn"><Icon name="warning" size={14} /></span>
          <span>Went bad at turn <b>{formatCount(first)}</b>{why?.why_bad != null && <>: {whyBad(why.why_bad)}</>}</span>
          {why !== undefined && <button type="button" className="btn tiny" onClick={() => onTurn(first - 1)}>Show it <kbd>n</kbd></button>}
        </p>
      )}
    </section>
  )
}

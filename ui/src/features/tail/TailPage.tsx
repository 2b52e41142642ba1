// The live tail: calls as they are accepted, newest at the top. Scrolling or selecting a row makes it stand still.
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useReducer, useRef, useState, type ReactNode } from 'react'
import { filterParams } from '@/api/filter'
import { tailUrl } from '@/api/queries'
import { useFilterVerdict, useReadFilter } from '@/api/useReadFilter'
import { useScope } from '@/api/scope'
import type { CallRow } from '@/api/types'
import { formatCount, plural } from '@/base/tokens'
import { clamp } from '@/base/values'
import { CallList } from '@/features/calls'
import { FilterBar } from '@/widgets/filterbar'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { ProblemBox } from '@/widgets/states'
import { Unread } from '@/widgets/unread'
import { useFilter } from '@/widgets/useFilter'
import { EMPTY_FEED, ROWS_MAX, arrive, release, type Feed } from './lib/feed'
import { followTail, type LinkState } from './lib/source'
import './tail.css'

const HINTS: readonly Hint[] = [['.', 'pause, follow'], ['J K', 'move'], ['↵', 'open'], ['t', 'its trace'], ['/', 'filter'], ['a', 'all spans'], ['x', 'clear'], ['Esc', 'follow again']]
const PAGE_ROWS = 20
/** Closer to the top than this counts as at the top. */
const AT_TOP_PX = 4

type Change = { type: 'arrive'; calls: CallRow[]; paused: boolean } | { type: 'release' } | { type: 'clear' }

function change(feed: Feed, action: Change): Feed {
  if (action.type === 'arrive') return arrive(feed, action.calls, action.paused)
  return action.type === 'release' ? release(feed) : EMPTY_FEED
}

/** What was there when the page was left for a call, so that coming back does not begin with nothing. */
let left: { url: string; feed: Feed } | null = null

/** Everything about the stream: its rows, its state, whether it stands still. A new question starts it over. */
function useTail(url: string) {
  const [kept] = useState(() => (left?.url === url && left.feed.rows.length > 0 ? left.feed : null))
  const [feed, dispatch] = useReducer(change, kept ?? EMPTY_FEED)
  const [link, setLink] = useState<LinkState>({ state: 'connecting' })
  const [dropped, setDropped] = useState(0)
  const [paused, setPaused] = useState(kept !== null)
  const [gap, setGap] = useState(kept !== null)
  const holding = useRef(kept !== null)
  const following = useRef(kept === null ? '' : url)
  useEffect(() => {
    left = { url, feed }
  }, [url, feed])
  const pause = useCallback((on: boolean) => {
    holding.current = on
    setPaused(on)
    if (!on) {
      dispatch({ type: 'release' })
      setGap(false)
    }
  }, [])
  useEffect(() => {
    // Rows of another question are not rows of this one.
    if (following.current !== url) {
      dispatch({ type: 'clear' })
      setGap(false)
      setPaused(false)
      holding.current = false
    }
    following.current = url
    return followTail(url, {
      onSpans: (calls) => dispatch({ type: 'arrive', calls, paused: holding.current }),
      onDropped: setDropped,
      onState: setLink,
    })
  }, [url])
  return { feed, link, dropped, paused, gap, pause, clear: () => dispatch({ type: 'clear' }) }
}

export function TailPage(): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const { filter, setFilter } = useFilter()
  const all = (useSearch({ strict: false }) as { all?: string }).all === '1'
  const url = useMemo(() => tailUrl(project, { ...filterParams(filter), all: all ? 1 : undefined }), [project, filter, all])
  const { feed, link, dropped, paused, gap, pause, clear } = useTail(url)
  const unit = all ? 'spans' : 'calls'
  const read = useReadFilter(unit)
  const verdict = useFilterVerdict(unit, filter)
  const setAll = (on: boolean): void => void navigate({ to: '.', search: (old) => ({ ...old, all: on ? '1' : undefined }) as never })
  useFace({ title: 'Live tail', hints: HINTS, narrow: true, status: link.state === 'open' ? undefined : <span>tail not connected</span> }, `tail ${link.state}`)
  useKeys({
    a: () => setAll(!all), x: clear,
  })
  return (
    <div className="tail">
      <h1 className="hidden">Live tail</h1>
      <FilterBar read={read} filter={filter} onChange={setFilter} placeholder="model:…  service:…  status:error" />
      <div className="summary small t2 tailbar">
        <button type="button" className="btn tiny" aria-pressed={paused} onClick={() => pause(!paused)} title=".">
          <Icon name={paused ? 'play' : 'pause'} size={12} /> {paused ? 'Follow' : 'Pause'}
        </button>
        <LinkWords link={link} paused={paused} />
        {(feed.received > 0 || link.state === 'open') && <span className="t3 num">{formatCount(feed.received)} received</span>}
        {gap && <span className="t3">What came while this page was not open is missing here; it is under Calls.</span>}
        {dropped > 0 && <span className="badge warn" title="This page reads more slowly than spans arrive; a narrower filter helps"><Icon name="warning" size={11} />{plural(dropped, 'row')} left out: read too slowly</span>}
        <span className="seg push" role="group" aria-label="What is shown">
          <button type="button" aria-pressed={!all} onClick={() => setAll(false)}>Calls</button>
          <button type="button" aria-pressed={all} onClick={() => setAll(true)}>All spans</button>
        </span>
        <span className="t3 keeps">keeps the newest {formatCount(ROWS_MAX)}</span>
        <button type="button" className="btn quiet tiny" onClick={clear} title="x">Clear</button>
      </div>
      {verdict === 'wrong' ? <Unread onClear={() => setFilter('')} /> : link.state === 'refused' && verdict === 'right' && <ProblemBox what={`The tail could not be opened; asking again in ${Math.round(link.againInMs / 1000)} s`} problem={link.problem} />}
      {feed.rows.length === 0
        ? verdict !== 'wrong' && link.state !== 'refused' && <Waiting link={link} filtered={filter !== ''} all={all} waiting={feed.waitingCount} onRelease={() => pause(false)} />
        : <Rows feed={feed} paused={paused} pause={pause} />}
    </div>
  )
}

function LinkWords({ link, paused }: { link: LinkState; paused: boolean }): ReactNode {
  const words: readonly [string, string] =
    link.state === 'open' ? (paused ? ['light', 'Paused, still listening'] : ['light on', 'Live'])
      : link.state === 'connecting' ? ['light', 'Connecting']
        : link.state === 'lost' ? ['light warn', 'Connection lost, connecting again']
          : ['light bad', 'Not connected']
  return <span className="row" role="status"><i className={words[0]} /> {words[1]}</span>
}

function Rows({ feed, paused, pause }: { feed: Feed; paused: boolean; pause: (on: boolean) => void }): ReactNode {
  const navigate = useNavigate()
  const scroller = useRef<HTMLDivElement>(null)
  const [chosen, setChosen] = useState<number | null>(null)
  const calls = useMemo(() => feed.rows.map((row) => row.call), [feed.rows])
  // Rows are named by number, so that the selection stays on its row when others come above it.
  const newest = feed.rows[0]?.number ?? 0
  const selected = chosen === null ? -1 : feed.rows.findIndex((row) => row.number === chosen)
  const select = (index: number): void => {
    const row = feed.rows[clamp(index, 0, feed.rows.length - 1)]
    if (!row) return
    setChosen(row.number)
    pause(true)
  }
  const follow = useCallback(() => {
    setChosen(null)
    pause(false)
    if (scroller.current) scroller.current.scrollTop = 0
  }, [pause])
  const open = useCallback((call: CallRow) => {
    if (call.kind === 'llm' || call.kind === 'embedding' || call.kind === 'rerank') void navigate({ to: '/calls/$traceId/$spanId', params: { traceId: call.trace_id, spanId: call.span_id } })
    else void navigate({ to: '/traces/$traceId', params: { traceId: call.trace_id }, search: { span: call.span_id } as never })
  }, [navigate])
  const onScroll = (top: number): void => {
    if (top > AT_TOP_PX && !paused) pause(true)
  }
  const current = selected >= 0 ? calls[selected] : undefined
  const move = (step: number): void => select(selected < 0 ? 0 : selected + step)
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1),
    PageDown: () => move(PAGE_ROWS), PageUp: () => move(-PAGE_ROWS), Home: () => select(0), End: () => select(feed.rows.length - 1),
    Enter: () => current && open(current),
    t: () => current && void navigate({ to: '/traces/$traceId', params: { traceId: current.trace_id }, search: { span: current.span_id } as never }),
    '.': () => (paused ? follow() : pause(true)),
    Escape: follow,
  })
  return (
    <div className="tailrows">
      {paused && feed.waitingCount > 0 && (
        <button type="button" className="btn primary newpill" onClick={follow}>{formatCount(feed.waitingCount)} new <kbd>.</kbd></button>
      )}
      <CallList label="Newest calls" byArrival calls={calls} keyAt={(index) => feed.rows[index]?.number ?? newest - index} selected={selected} onSelect={select} onOpen={open} onScroll={onScroll} scroller={scroller} />
    </div>
  )
}

function Waiting({ link, filtered, all, waiting, onRelease }: { link: LinkState; filtered: boolean; all: boolean; waiting: number; onRelease: () => void }): ReactNode {
  if (link.state === 'lost') return <div className="state"><h2>The connection was lost</h2><p>It is asked for again every few seconds. If it stays away, see whether the server is running.</p><Link to="/calls" className="btn">Earlier calls</Link></div>
  return (
    <div className="state">
      <h2>{link.state === 'open' ? `Waiting for the next ${all ? 'span' : 'call'}` : 'Connecting'}</h2>
      <p>{filtered ? 'Only what matches the filter is shown. ' : ''}Rows appear here when the server accepts them, before they can be searched. What came earlier is in the list of calls.</p>
      <div className="row wrap">
        {waiting > 0 && <button type="button" className="btn primary" onClick={onRelease}>{formatCount(waiting)} new <kbd>.</kbd></button>}
        <Link to="/calls" className="btn">Earlier calls</Link>
        <Link to="/connect" className="btn">Connect an application</Link>
      </div>
    </div>
  )
}

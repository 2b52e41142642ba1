// Rows of sessions, virtual, by their latest turn that matches.
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useLayoutEffect, useMemo, useRef, type ReactNode } from 'react'
import { apiUrl } from '@/api/client'
import { useScope } from '@/api/scope'
import type { SessionRow } from '@/api/threads'
import { formatClock, formatDay, formatDuration, parseTime } from '@/base/time'
import { formatCount, formatTokens, plural } from '@/base/tokens'
import { Icon } from '@/widgets/icons'
import { useMedia } from '@/widgets/size'
import { costText, orderWords, tokensOf } from '../lib/words'

const ROW = 28
const ROW_PHONE = 52
const LOAD_AHEAD_ROWS = 30
const COLUMNS = 10

/** What the list is ordered by; an earlier server does not say it. */
const matchedAt = (session: SessionRow): string => session.last_match_time ?? session.last_turn_time

interface Props {
  sessions: readonly SessionRow[]
  /** The order is then of the turns that match. */
  filtered: boolean
  /** The time had an end before the rows were read: sessions may have gone on after it. */
  ended: boolean
  selected: number
  more: boolean
  loadingMore: boolean
  onMore: () => void
  onSelect: (index: number) => void
  onOpen: (session: SessionRow) => void
}

export function SessionList(props: Props): ReactNode {
  const { sessions, filtered, ended, selected, more, loadingMore, onMore } = props
  const scroller = useRef<HTMLDivElement>(null)
  const phone = useMedia('(max-width: 720px)')
  const virtual = useVirtualizer({
    count: sessions.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (phone ? ROW_PHONE : ROW),
    overscan: 12,
    getItemKey: (index) => sessions[index]?.session_id ?? index,
  })
  useLayoutEffect(() => virtual.measure(), [virtual, phone])
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected, { align: 'auto' })
  }, [selected, virtual])
  const head = phone ? 0 : 28
  const order = orderWords(filtered, ended)
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && !loadingMore && last >= sessions.length - LOAD_AHEAD_ROWS) onMore()
  }, [more, loadingMore, last, sessions.length, onMore])
  const today = formatDay(Date.now(), Date.now())
  const days = useMemo(() => sessions.some((session) => formatDay(parseTime(matchedAt(session)), Date.now()) !== today), [sessions, today])
  return (
    <div className={days ? 'sessionlist days' : 'sessionlist'} ref={scroller}>
      <div role="grid" aria-label="Sessions" aria-rowcount={more ? -1 : sessions.length + 1} aria-colcount={COLUMNS} tabIndex={0} aria-activedescendant={`session-row-${selected}`}
        className="sessiongrid" style={{ height: virtual.getTotalSize() + head }}>
        <div className="sl head" role="row" aria-rowindex={1}>
          <span role="columnheader" aria-sort="descending" title={order.title}>{order.name} ↓</span><span role="columnheader">Session</span><span role="columnheader" className="user">User</span>
          <span role="columnheader" className="first">First asked</span><span role="columnheader" className="lastout">Last answered</span>
          <span role="columnheader" className="n">Turns</span><span role="columnheader" className="bad" title="The first turn that failed, was refused, cut at its limit, or judged bad">Went bad</span>
          <span role="columnheader" className="n tokens">Tokens</span><span role="columnheader" className="n cost">Cost</span><span role="columnheader" className="n dur" title="From the first turn's start to the last one's end">Over</span>
        </div>
        {items.map((item) => {
          const session = sessions[item.index]
          return session && (
            <div key={item.key} className="tlitem" style={{ transform: `translateY(${item.start + head}px)`, height: item.size }}>
              <Row session={session} index={item.index} selected={item.index === selected} today={today} onSelect={props.onSelect} onOpen={props.onOpen} />
            </div>
          )
        })}
      </div>
      {loadingMore && <p className="t3 small loadingmore" role="status">Loading older sessions</p>}
    </div>
  )
}

interface RowProps {
  session: SessionRow
  index: number
  selected: boolean
  today: string
  onSelect: (index: number) => void
  onOpen: (session: SessionRow) => void
}

const Row = memo(function Row({ session, index, selected, today, onSelect, onOpen }: RowProps): ReactNode {
  const { project } = useScope()
  const cost = costText(session)
  const at = matchedAt(session)
  return (
    <div className="sl" role="row" id={`session-row-${index}`} aria-rowindex={index + 2} aria-selected={selected} data-row data-session={session.session_id}
      onClick={() => (selected ? onOpen(session) : onSelect(index))} onDoubleClick={() => onOpen(session)}>
      <span role="gridcell" className="time mono" title={at === session.last_turn_time ? `${at}, until ${session.end_time}` : `${at}; its last turn began ${session.last_turn_time}`}>
        {formatDay(parseTime(at), Date.now()) !== today && <span className="day t3">{formatDay(parseTime(at), Date.now())} </span>}{formatClock(at).slice(0, 8)}
      </span>
      <span role="gridcell" className="id clip">
        <a href={apiUrl(`/sessions/${encodeURIComponent(session.session_id)}`, { project })} className="strong" dir="auto" tabIndex={-1} title={session.session_id}
          onClick={(event) => { event.stopPropagation(); if (event.metaKey || event.ctrlKey) return; event.preventDefault(); onOpen(session) }}>{session.session_id}</a>
      </span>
      <span role="gridcell" className="user clip t2" title={session.user_id ?? undefined}>{session.user_id ?? <span className="t3">—</span>}</span>
      <span role="gridcell" className="first clip" dir="auto" title={session.first_input_preview ?? undefined}>{session.first_input_preview ?? <span className="t3">—</span>}</span>
      <span role="gridcell" className="lastout clip t2" dir="auto" title={session.last_output_preview ?? undefined}>{session.last_output_preview ?? <span className="t3">—</span>}</span>
      <span role="gridcell" className="n turns">{formatCount(session.trace_count)}</span>
      <span role="gridcell" className="bad nowrap">
        {session.first_bad_turn !== null && <span className="badmark" title={`Turn ${session.first_bad_turn} of ${session.trace_count} is the first bad one`}><Icon name="warning" size={12} /> turn {formatCount(session.first_bad_turn)}</span>}
        {session.first_bad_turn === null && session.error_count > 0 && <span className="t3 small" title="Failed, and done again or around: no answer is bad">{plural(session.error_count, 'error')} inside</span>}
      </span>
      <span role="gridcell" className="n tokens">{formatTokens(tokensOf(session))}</span>
      <span role="gridcell" className={cost.known ? 'n cost' : 'n cost t3'} title={cost.note === '' ? undefined : cost.note}>{cost.text}</span>
      <span role="gridcell" className="n dur">{formatDuration((parseTime(session.end_time) - parseTime(session.start_time)) * 1e6)}</span>
    </div>
  )
})

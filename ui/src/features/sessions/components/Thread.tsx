// The conversation: a turn beside what it took and cost. Turns are virtual, of whatever height their content has.
import { useVirtualizer } from '@tanstack/react-virtual'
import { Link } from '@tanstack/react-router'
import { Suspense, useEffect, useImperativeHandle, useRef, type ReactNode, type Ref } from 'react'
import type { Turn } from '@/api/threads'
import { formatClock, formatDay, formatDuration, parseTime } from '@/base/time'
import { formatCount, formatTokens, plural } from '@/base/tokens'
import { Chat, errorLabel } from '@/features/span'
import { Icon } from '@/widgets/icons'
import { changedFrom, costText, detailOf, scoreText, whyBad } from '../lib/words'

const GUESS = 220
const LOAD_AHEAD_TURNS = 10

export interface ThreadHandle {
  show: (index: number) => void
}

interface Props {
  handle: Ref<ThreadHandle>
  turns: readonly Turn[]
  selected: number
  more: boolean
  loadingMore: boolean
  onMore: () => void
  onSelect: (index: number) => void
}

export function Thread({ handle, turns, selected, more, loadingMore, onMore, onSelect }: Props): ReactNode {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: turns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => GUESS,
    overscan: 4,
    getItemKey: (index) => turns[index]?.trace_id ?? index,
  })
  useImperativeHandle(handle, () => ({ show: (index) => virtual.scrollToIndex(index, { align: 'start' }) }), [virtual])
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && !loadingMore && last >= turns.length - LOAD_AHEAD_TURNS) onMore()
  }, [more, loadingMore, last, turns.length, onMore])
  return (
    <div className="thread" ref={scroller} tabIndex={0} aria-label="Conversation" role="feed" aria-busy={loadingMore}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const turn = turns[item.index]
          return turn && (
            <div key={item.key} ref={virtual.measureElement} data-index={item.index} className="turnplace" style={{ transform: `translateY(${item.start}px)` }}>
              <TurnView turn={turn} before={turns[item.index - 1]} index={item.index} count={turns.length} selected={item.index === selected} onSelect={onSelect} />
            </div>
          )
        })}
      </div>
      {loadingMore && <p className="t3 small loadingmore" role="status">Loading later turns</p>}
    </div>
  )
}

interface TurnProps {
  turn: Turn
  before: Turn | undefined
  index: number
  count: number
  selected: boolean
  onSelect: (index: number) => void
}

function TurnView({ turn, before, index, count, selected, onSelect }: TurnProps): ReactNode {
  const gap = before === undefined || before.duration_ns === null ? null : (parseTime(turn.start_time) - parseTime(before.start_time)) * 1e6 - before.duration_ns
  return (
    <article className={`turn${selected ? ' on' : ''}${turn.is_bad ? ' isbad' : ''}`} aria-label={`Turn ${index + 1}`} aria-posinset={index + 1} aria-setsize={count} data-turn={turn.trace_id} onClick={() => { if (!selected) onSelect(index) }}>
      <Rail turn={turn} before={before} index={index} gap={gap} />
      <div className="said">
        {turn.is_bad && <p className="whybad"><Icon name="warning" size={13} /> {whyBad(turn.why_bad)}{turn.why_bad === 'error' && turn.error_type !== null && `: ${errorLabel(turn.error_type)}`}</p>}
        {turn.span_id === null && turn.input.length === 0
          ? <p className="nocontent t2">This turn made no model call. Its spans are in its trace.</p>
          : <Suspense fallback={<p className="nocontent t3">Reading</p>}><Chat detail={detailOf(turn)} onOpenTool={() => null} /></Suspense>}
        {turn.scores.length > 0 && (
          <ul className="turnscores" aria-label="Scores">
            {turn.scores.map((score, at) => (
              <li key={at} className={score.is_bad ? 'badge warn' : 'badge'} title={[score.source, score.author, score.comment].filter((part) => part !== null).join(' · ')}>
                {scoreText(score)}{score.comment !== null && <span className="clip comment">“{score.comment}”</span>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </article>
  )
}

function Rail({ turn, before, index, gap }: { turn: Turn; before: Turn | undefined; index: number; gap: number | null }): ReactNode {
  const cost = costText(turn)
  const cached = turn.cached_input_tokens !== null && turn.input_tokens !== null && turn.input_tokens > 0 ? Math.round((turn.cached_input_tokens / turn.input_tokens) * 100) : 0
  const day = formatDay(parseTime(turn.start_time), Date.now())
  const otherDay = before === undefined || formatDay(parseTime(before.start_time), Date.now()) !== day
  return (
    <div className="turnrail">
      <p className="row"><b className="num">{index + 1}</b><span className="mono t3" title={turn.start_time}>{otherDay && `${day} `}{formatClock(turn.start_time).slice(0, 8)}</span></p>
      <dl>
        <div><dt>took</dt><dd>{formatDuration(turn.duration_ns)}</dd></div>
        {turn.ttft_ns !== null && <div><dt>first token</dt><dd>{formatDuration(turn.ttft_ns)}</dd></div>}
        <div><dt>cost</dt><dd className={cost.known ? '' : 't3'} title={cost.note === '' ? undefined : cost.note}>{cost.text}</dd></div>
        {turn.input_tokens !== null && <div><dt>in</dt><dd>{formatTokens(turn.input_tokens)}{cached > 0 && <span className="t3"> {cached}% cached</span>}</dd></div>}
        {turn.output_tokens !== null && <div><dt>out</dt><dd>{formatTokens(turn.output_tokens)}</dd></div>}
        {gap !== null && gap > 60e9 && <div><dt>after</dt><dd className="t2">{formatDuration(gap)} idle</dd></div>}
      </dl>
      {turn.release !== null && changedFrom(before?.release, turn.release) && <p><span className="badge accent" title={`Turns before ran on ${before?.release ?? ''}`}>{turn.release}</span></p>}
      <p className="doors">
        <Link to="/traces/$traceId" params={{ traceId: turn.trace_id }} className="link">{plural(turn.span_count, 'span')}</Link>
        {turn.span_id !== null && <Link to="/calls/$traceId/$spanId" params={{ traceId: turn.trace_id, spanId: turn.span_id }} className="link">{turn.call_count > 1 ? `last of ${formatCount(turn.call_count)} calls` : 'call'}</Link>}
      </p>
    </div>
  )
}

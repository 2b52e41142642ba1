// A row for each call: its messages as one bar, what was expected of the cache (dashed), what was reported (below), the loss.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type ReactNode } from 'react'
import type { CacheCall } from '@/api/threads'
import { formatUsd } from '@/base/money'
import { formatClock } from '@/base/time'
import { formatTokens } from '@/base/tokens'
import { useMedia, useSize } from '@/widgets/size'
import { isEstimated, segmentsOf, widthOf, type Segment } from '../lib/layout'
import { isLoss, roleColour, roleName, tagOf } from '../lib/words'

const ROW = 38
/** Names and numbers beside the bar. */
const BESIDE = 228 + 78 * 3 + 40
const BESIDE_PHONE = 182
/** Room for the words behind a bar; a phone has none. */
const TAG = 190
/** Below this a word would say less than the colour. */
const LABEL_MIN = 74
/** A letter of these words, and the edges beside them; a little more than is needed, for what is cut says nothing. */
const LETTER = 6.6
const EDGES = 12

interface Props {
  calls: readonly CacheCall[]
  selected: number
  onSelect: (index: number) => void
}

export function CallBars({ calls, selected, onSelect }: Props): ReactNode {
  const scroller = useRef<HTMLDivElement>(null)
  const { width } = useSize(scroller)
  const phone = useMedia('(max-width: 720px)')
  const room = Math.max(60, width - (phone ? BESIDE_PHONE : BESIDE + TAG))
  const longest = Math.max(1, ...calls.filter(isEstimated).map(widthOf))
  const virtual = useVirtualizer({ count: calls.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 8 })
  useEffect(() => virtual.scrollToIndex(selected, { align: 'auto' }), [selected, virtual])
  return (
    <div className="cachebars" ref={scroller}>
      <div role="grid" aria-label="Calls" aria-rowcount={calls.length + 1} tabIndex={0} aria-activedescendant={`cache-row-${selected}`} className="cachegrid" style={{ height: virtual.getTotalSize() + 28 }}>
        <div className="lr head" role="row" aria-rowindex={1}><span role="columnheader">Call</span><span role="columnheader" className="sent">What was sent, in order<span className="widthnote">; width is tokens</span><span className="push scalenote">dashed: expected, bar below: reported</span></span><span role="columnheader" className="n">Expected</span><span role="columnheader" className="n">Reported</span><span role="columnheader" className="n">Lost</span></div>
        {virtual.getVirtualItems().map((place) => {
          const call = calls[place.index]
          if (call === undefined) return null
          const perToken = isEstimated(call) ? room / longest : room / Math.max(12, call.items.length)
          return (
            <div key={call.span_id} className="lr" role="row" id={`cache-row-${place.index}`} aria-rowindex={place.index + 2} aria-selected={place.index === selected} data-call={call.span_id} onClick={() => onSelect(place.index)}
              style={{ transform: `translateY(${place.start + 28}px)` }}>
              <span role="gridcell" className="row name"><span className="t3 num at">{place.index + 1}</span><b className="clip" title={call.name}>{call.agent_name ?? call.name}</b><span className="t3 mono">{formatClock(call.start_time).slice(0, 8)}</span></span>
              <span role="gridcell" className="sent"><Bar call={call} perToken={perToken} room={room + (phone ? 0 : TAG)} tagged={!phone} /></span>
              <span role="gridcell" className="n t2">{call.expected_tokens === null ? '—' : formatTokens(call.expected_tokens)}</span>
              <span role="gridcell" className={isLoss(call) ? 'n warn strong' : 'n'}>{formatTokens(call.cached_tokens)}</span>
              <span role="gridcell" className={isLoss(call) ? 'n warn strong' : 'n t3'}>{call.lost_usd !== null && (call.lost_tokens ?? 0) > 0 ? formatUsd(call.lost_usd) : isLoss(call) ? 'unpriced' : '—'}</span>
            </div>
          )
        })}
      </div>
    </div>
  )
}

function Bar({ call, perToken, room, tagged }: { call: CacheCall; perToken: number; room: number; tagged: boolean }): ReactNode {
  const segments = segmentsOf(call, perToken)
  const end = segments.at(-1)
  const tag = tagOf(call)
  const estimated = isEstimated(call)
  const shared = segments.filter((segment) => segment.shared).reduce((sum, segment) => sum + segment.width, 0)
  return (
    <svg width={room} height={ROW} role="img" aria-label={spoken(call)}>
      {shared > 0 && <rect x={0} y={0} width={shared} height={ROW} className={call.outcome === 'expired' ? 'sharedback faint' : 'sharedback'} />}
      {segments.map((segment) => <Piece key={segment.from} segment={segment} estimated={estimated} />)}
      {estimated && call.expected_tokens !== null && call.expected_tokens > 0 && <path d={`M${call.expected_tokens * perToken} 5V29`} className="expectedline" />}
      {estimated && call.cached_tokens !== null && call.cached_tokens > 0 && <rect x={0} y={27} width={call.cached_tokens * perToken} height={2.5} className="reportedbar" />}
      {tagged && tag !== '' && <text x={(end ? end.x + end.width : 0) + 9} y={20} className={isLoss(call) ? 'tag loss' : 'tag'}>{tag}</text>}
    </svg>
  )
}

/** What fits on a piece: its role and tokens, its role, or nothing. */
function labelOf({ role, tokens, width }: Segment, estimated: boolean): string {
  const name = roleName(role)
  const labels = estimated ? [`${name} ${formatTokens(tokens)}`, name] : [name]
  return width <= LABEL_MIN ? '' : labels.find((label) => label.length * LETTER + EDGES <= width) ?? ''
}

function Piece({ segment, estimated }: { segment: Segment; estimated: boolean }): ReactNode {
  const { x, width, role, shared, broken } = segment
  const label = labelOf(segment, estimated)
  return (
    <g>
      <rect x={x + 0.6} y={9} width={Math.max(1.2, width - 1.2)} height={15} rx={1.5} fill={`var(${roleColour(role)})`} opacity={shared ? 0.34 : 0.95}>
        <title>{`${roleName(role)}${estimated ? `, ≈ ${formatTokens(segment.tokens)} tokens` : ''}${shared ? ', as before' : broken ? ', another one before' : ''}`}</title>
      </rect>
      {broken && <><rect x={x - 1} y={6} width={Math.max(3, width + 2)} height={21} rx={2} className="brokenframe" /><path d={`M${x} 6l-4 -6h8z`} className="brokenmark" /></>}
      {label !== '' && <text x={x + 6} y={20} className={shared ? 'piece' : 'piece on'}>{label}</text>}
    </g>
  )
}

function spoken(call: CacheCall): string {
  const shared = call.previous === null ? 'nothing shared with a call before' : `${call.shared_items} of ${call.items.length} parts shared with call ${call.previous + 1}`
  const tag = tagOf(call)
  return tag === '' ? shared : `${shared}, ${tag}`
}

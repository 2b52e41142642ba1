// The list: virtual rows over pages that are fetched as one scrolls. A row may be open in place (peek).
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useMemo, useRef, type ReactNode } from 'react'
import { apiUrl } from '@/api/client'
import { useScope } from '@/api/scope'
import type { TraceRow } from '@/api/types'
import { formatUsd } from '@/base/money'
import { formatClock, formatDay, formatDuration, parseTime } from '@/base/time'
import { formatCount, formatTokens, plural } from '@/base/tokens'
import { Icon } from '@/widgets/icons'
import { useMedia } from '@/widgets/size'
import { Peek } from './Peek'

const ROW = 28
const ROW_PHONE = 52
const PEEK = 176
const PEEK_PHONE = 250
const LOAD_AHEAD_ROWS = 30

interface Props {
  traces: readonly TraceRow[]
  total: number | null
  selected: number
  peek: string | null
  more: boolean
  loadingMore: boolean
  onMore: () => void
  onSelect: (index: number) => void
  onOpen: (trace: TraceRow) => void
  onPeek: (trace: TraceRow | null) => void
}

export function TraceList(props: Props): ReactNode {
  const { traces, selected, peek, more, loadingMore, onMore } = props
  const scroller = useRef<HTMLDivElement>(null)
  const phone = useMedia('(max-width: 720px)')
  const size = (index: number): number => (phone ? ROW_PHONE : ROW) + (traces[index]?.trace_id === peek ? (phone ? PEEK_PHONE : PEEK) : 0)
  const virtual = useVirtualizer({
    count: traces.length,
    getScrollElement: () => scroller.current,
    estimateSize: size,
    overscan: 12,
    getItemKey: (index) => traces[index]?.trace_id ?? index,
  })
  useLayoutEffect(() => virtual.measure(), [virtual, peek, phone])
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected, { align: 'auto' })
  }, [selected, virtual])
  const head = phone ? 0 : 28
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && !loadingMore && last >= traces.length - LOAD_AHEAD_ROWS) onMore()
  }, [more, loadingMore, last, traces.length, onMore])
  const longest = Math.max(1, ...traces.slice(0, 400).map((trace) => trace.duration_ns ?? 0))
  const today = formatDay(Date.now(), Date.now())
  // The column is wide enough for a day only where one is shown.
  const days = useMemo(() => traces.some((trace) => formatDay(parseTime(trace.start_time), Date.now()) !== today), [traces, today])
  return (
    <div className={days ? 'tracelist days' : 'tracelist'} ref={scroller}>
      <div role="treegrid" aria-label="Traces" aria-rowcount={props.total === null ? -1 : props.total + 1} aria-colcount={8} tabIndex={0} aria-activedescendant={`trace-row-${selected}`} className="tracegrid" style={{ height: virtual.getTotalSize() + head, position: 'relative' }}>
        <div className="tl head" role="row" aria-rowindex={1}>
          <span role="columnheader" aria-sort="descending">Time ↓</span><span role="columnheader">Name</span><span role="columnheader">Input</span>
          <span role="columnheader">Model</span><span role="columnheader" className="n">Spans</span><span role="columnheader" className="n">Tokens</span>
          <span role="columnheader" className="n">Cost</span><span role="columnheader">Duration</span>
        </div>
        {items.map((item) => {
          const trace = traces[item.index]
          return trace && (
            <div key={item.key} className="tlitem" style={{ transform: `translateY(${item.start + head}px)`, height: item.size }}>
              <Row trace={trace} index={item.index} longest={longest} today={today} {...props} />
              {trace.trace_id === peek && (
                <div role="row" aria-level={2}><div role="gridcell" aria-colspan={8}>
                  <Peek trace={trace} onOpen={() => props.onOpen(trace)} onClose={() => props.onPeek(null)} />
                </div></div>
              )}
            </div>
          )
        })}
      </div>
      {loadingMore && <p className="t3 small loadingmore" role="status">Loading older traces</p>}
    </div>
  )
}

function Row({ trace, index, longest, today, selected, onSelect, onOpen, onPeek, peek }: Props & { trace: TraceRow; index: number; longest: number; today: string }): ReactNode {
  const { project } = useScope()
  const open = peek === trace.trace_id
  const failed = trace.status === 'error' || trace.error_count > 0
  const old = formatDay(parseTime(trace.start_time), Date.now()) !== today
  const tokens = trace.input_tokens === null && trace.output_tokens === null ? null : (trace.input_tokens ?? 0) + (trace.output_tokens ?? 0)
  return (
    <div className="tl" role="row" id={`trace-row-${index}`} aria-level={1} aria-rowindex={index + 2} aria-selected={index === selected} aria-expanded={open} data-row data-trace={trace.trace_id}
      onClick={() => (index === selected ? onPeek(open ? null : trace) : onSelect(index))} onDoubleClick={() => onOpen(trace)}>
      <span role="gridcell" className="time mono" title={trace.start_time}>
        {old && <span className="day t3">{formatDay(parseTime(trace.start_time), Date.now())} </span>}{formatClock(trace.start_time)}
        {failed && <span className="err mark" title={`${formatCount(trace.error_count)} of ${plural(trace.span_count, 'span')} failed`}><Icon name="error" size={13} /><span className="hidden">error</span></span>}
      </span>
      <span role="gridcell" className="name clip">
        <a href={apiUrl(`/traces/${trace.trace_id}`, { project })} className={trace.name === '' ? 't3' : ''} dir="auto" tabIndex={-1} onClick={(event) => { if (event.metaKey || event.ctrlKey) return event.stopPropagation(); event.preventDefault(); event.stopPropagation(); onOpen(trace) }}>
          {trace.name === '' ? 'unnamed' : trace.name}
        </a>
        {!trace.has_root && <span className="badge warn" title="The first span of this trace has not arrived">no root</span>}
      </span>
      <span role="gridcell" className="input clip t2" dir="auto">{trace.input_preview ?? <span className="t3">—</span>}</span>
      <span role="gridcell" className="model t2" title={trace.models.join(', ')}>
        <span className="clip">{trace.models[0] ?? '—'}</span>{trace.models.length > 1 && <span className="t3">+{trace.models.length - 1}</span>}
      </span>
      <span role="gridcell" className="n spans">{formatCount(trace.span_count)}</span>
      <span role="gridcell" className="n tokens">{formatTokens(tokens)}</span>
      <span role="gridcell" className="n cost"><Cost trace={trace} /></span>
      <span role="gridcell" className="dur">
        <i className="durbar" aria-hidden="true"><i className={failed ? 'bad' : ''} style={{ width: trace.duration_ns === null ? 0 : `${Math.max(2, (trace.duration_ns / longest) * 100)}%` }} /></i>
        <span className="num">{formatDuration(trace.duration_ns)}</span>
      </span>
    </div>
  )
}

/** Unknown is never $0: nothing paid is a dash, calls without any price are "unpriced", some without are counted behind. */
export function Cost({ trace }: { trace: TraceRow }): ReactNode {
  if (trace.cost_usd === null) return <span className="t3">{trace.unpriced_count > 0 ? 'unpriced' : '—'}</span>
  if (trace.unpriced_count > 0 && trace.unpriced_count >= trace.call_count) return <span className="t3">unpriced</span>
  return (
    <>
      {formatUsd(trace.cost_usd)}
      {trace.unpriced_count > 0 && <span className="t3" title={`and ${plural(trace.unpriced_count, 'unpriced call')}`}> +?</span>}
    </>
  )
}

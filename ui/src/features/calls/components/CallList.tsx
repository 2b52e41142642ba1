// Rows of calls, virtual: the list page and the live tail show the same ones.
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useLayoutEffect, useMemo, useRef, type ReactNode, type RefObject } from 'react'
import { apiUrl } from '@/api/client'
import { useScope } from '@/api/scope'
import type { CallRow } from '@/api/types'
import { formatClock, formatDay, formatDuration, parseTime } from '@/base/time'
import { formatCount, formatTokens } from '@/base/tokens'
import { errorLabel } from '@/features/span'
import { Icon, KindIcon } from '@/widgets/icons'
import { useMedia } from '@/widgets/size'
import { costOf, keyOf, marksOf, modelOf, speedOf, whoOf } from '../lib/words'
import '../calls.css'

const ROW = 28
const ROW_PHONE = 52
const LOAD_AHEAD_ROWS = 30
const COLUMNS = 14

interface Props {
  label: string
  calls: readonly CallRow[]
  /** Names rows where calls alone do not: the tail may hold one call twice. */
  keyAt?: (index: number) => string | number
  /** −1 selects none. */
  selected: number
  more?: boolean
  loadingMore?: boolean
  onMore?: () => void
  onSelect: (index: number) => void
  onOpen: (call: CallRow) => void
  onScroll?: (top: number) => void
  scroller?: RefObject<HTMLDivElement | null>
  /** Rows stand in the order in which they arrived, not by time. */
  byArrival?: boolean
}

export function CallList(props: Props): ReactNode {
  const { calls, selected, more = false, loadingMore = false, onMore, keyAt } = props
  const own = useRef<HTMLDivElement>(null)
  const scroller = props.scroller ?? own
  const phone = useMedia('(max-width: 720px)')
  const virtual = useVirtualizer({
    count: calls.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (phone ? ROW_PHONE : ROW),
    overscan: 12,
    getItemKey: (index) => keyAt?.(index) ?? (calls[index] ? keyOf(calls[index]) : index),
  })
  useLayoutEffect(() => virtual.measure(), [virtual, phone])
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected, { align: 'auto' })
  }, [selected, virtual])
  const head = phone ? 0 : 28
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && !loadingMore && last >= calls.length - LOAD_AHEAD_ROWS) onMore?.()
  }, [more, loadingMore, last, calls.length, onMore])
  const today = formatDay(Date.now(), Date.now())
  // The column is wide enough for a day only where one is shown.
  const days = useMemo(() => calls.some((call) => formatDay(parseTime(call.start_time), Date.now()) !== today), [calls, today])
  const { onSelect, onOpen, onScroll } = props
  return (
    <div className={`calllist${days ? ' days' : ''}${phone ? ' phone' : ''}`} ref={scroller} {...(onScroll ? { onScroll: (event) => onScroll(event.currentTarget.scrollTop) } : {})}>
      <div role="grid" aria-label={props.label} aria-rowcount={more ? -1 : calls.length + 1} aria-colcount={COLUMNS} tabIndex={0}
        {...(selected >= 0 ? { 'aria-activedescendant': `call-row-${selected}` } : {})} className="callgrid" style={{ height: virtual.getTotalSize() + head }}>
        <Head byArrival={props.byArrival === true} />
        {items.map((item) => {
          const call = calls[item.index]
          return call && (
            <div key={item.key} className="cplace" style={{ transform: `translateY(${item.start + head}px)`, height: item.size }}>
              <Row call={call} index={item.index} selected={item.index === selected} today={today} onSelect={onSelect} onOpen={onOpen} />
            </div>
          )
        })}
      </div>
      {loadingMore && <p className="t3 small loadingmore" role="status">Loading older calls</p>}
    </div>
  )
}

function Head({ byArrival }: { byArrival: boolean }): ReactNode {
  const column = (name: string, className: string, title?: string): ReactNode => <span role="columnheader" className={className} title={title}>{name}</span>
  return (
    <div className="cl head" role="row" aria-rowindex={1}>
      {byArrival ? <span role="columnheader" title="When the call began; rows stand in the order of their arrival">Time</span> : <span role="columnheader" aria-sort="descending">Time ↓</span>}
      {column('Model', 'model')}{column('Service', 'service')}{column('Feature, user', 'who')}{column('Answer', 'preview')}
      {column('Took', 'n dur')}{column('First', 'n ttft', 'Time to the first token')}{column('tok/s', 'n speed', 'Output tokens a second')}
      {column('Stalls', 'n stalls', 'Pauses of the stream: over 250 ms and 8 times its median')}
      {column('In', 'n in', 'Input tokens')}{column('Cached', 'n cached', 'Input tokens read from a cache')}{column('Out', 'n out', 'Output tokens')}
      {column('Cost', 'n cost')}{column('Finish', 'finish')}
    </div>
  )
}

interface RowProps {
  call: CallRow
  index: number
  selected: boolean
  today: string
  onSelect: (index: number) => void
  onOpen: (call: CallRow) => void
}

const Row = memo(function Row({ call, index, selected, today, onSelect, onOpen }: RowProps): ReactNode {
  const { project } = useScope()
  const failed = call.status === 'error'
  const model = modelOf(call)
  const cost = costOf(call)
  const who = whoOf(call)
  const marks = marksOf(call)
  const name = model.name ?? call.name
  return (
    <div className="cl" role="row" id={`call-row-${index}`} aria-rowindex={index + 2} aria-selected={selected} data-row data-call={keyOf(call)}
      onClick={() => (selected ? onOpen(call) : onSelect(index))} onDoubleClick={() => onOpen(call)}>
      <span role="gridcell" className="time mono" title={call.start_time}>
        {formatDay(parseTime(call.start_time), Date.now()) !== today && <span className="day t3">{formatDay(parseTime(call.start_time), Date.now())} </span>}{formatClock(call.start_time)}
        {failed && <span className="err mark" title={call.status_message ?? 'failed'}><Icon name="error" size={13} /><span className="hidden">error</span></span>}
      </span>
      <span role="gridcell" className="model" title={[call.name, call.provider, model.asked === null ? null : `asked for ${model.asked}`].filter((part) => part !== null).join(' · ')}>
        {call.kind !== 'llm' && <KindIcon kind={call.kind} size={17} />}
        <a href={apiUrl(`/calls/${call.trace_id}/${call.span_id}`, { project })} className="clip strong" tabIndex={-1}
          onClick={(event) => { event.stopPropagation(); if (event.metaKey || event.ctrlKey) return; event.preventDefault(); onOpen(call) }}>{name === '' ? 'unnamed' : name}</a>
        {call.provider !== null && <span className="t3 clip provider">{call.provider}</span>}
        {marks.map(([mark, meaning]) => <span className="badge" key={mark} title={meaning}>{mark}</span>)}
      </span>
      <span role="gridcell" className="service clip t2" title={call.service}>{call.service === '' ? '—' : call.service}</span>
      <span role="gridcell" className="who clip t2" title={who}>{who === '' ? <span className="t3">—</span> : who}</span>
      <span role="gridcell" className="preview clip t2" dir="auto" title={call.input_preview ?? undefined}><Preview call={call} /></span>
      <span role="gridcell" className="n dur">{formatDuration(call.duration_ns)}</span>
      <span role="gridcell" className="n ttft">{formatDuration(call.ttft_ns)}</span>
      <span role="gridcell" className="n speed">{speedOf(call.output_tokens_per_second)}</span>
      <span role="gridcell" className={`n stalls${(call.stall_count ?? 0) > 0 ? ' warn strong' : ' t3'}`}
        title={call.longest_stall_ns === null ? undefined : `longest ${formatDuration(call.longest_stall_ns)}`}>{call.stall_count === null ? '—' : formatCount(call.stall_count)}</span>
      <span role="gridcell" className="n in">{formatTokens(call.input_tokens)}</span>
      <span role="gridcell" className="n cached t2">{formatTokens(call.cached_input_tokens)}</span>
      <span role="gridcell" className="n out">{formatTokens(call.output_tokens)}</span>
      <span role="gridcell" className={cost.known ? 'n cost' : 'n cost t3'}>{cost.text}</span>
      <span role="gridcell" className="finish clip"><Finish call={call} failed={failed} /></span>
    </div>
  )
})

function Preview({ call }: { call: CallRow }): ReactNode {
  if (call.output_preview !== null) return call.output_preview
  if (call.status === 'error' && call.status_message !== null && call.status_message !== '') return <span className="err">{call.status_message}</span>
  return call.input_preview === null ? <span className="t3">—</span> : <span className="t3">asked: {call.input_preview}</span>
}

function Finish({ call, failed }: { call: CallRow; failed: boolean }): ReactNode {
  if (failed) return <span className="err" title={call.http_status === null ? undefined : `HTTP ${call.http_status}`}>{errorLabel(call.error_type)}</span>
  if (call.finish_reason === null) return <span className="t3">—</span>
  const cut = call.finish_reason === 'length' || call.finish_reason === 'content_filter'
  return <span className={cut ? 'warn' : 't3'}>{call.finish_reason}</span>
}

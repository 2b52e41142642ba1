// Tree and waterfall in one table. Rows are virtual and of one height; the bars of the drawn rows are one canvas that
// moves with them, so scrolling never waits for drawing. Ancestors of the first visible row stay in sight.
import { memo, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, type ReactNode, type Ref } from 'react'
import { KINDS } from '@/api/types'
import { formatNanoUsd } from '@/base/money'
import { formatDuration } from '@/base/time'
import { formatShare, formatTokens, plural } from '@/base/tokens'
import { clamp } from '@/base/values'
import { Icon, KindIcon } from '@/widgets/icons'
import { prepareCanvas, useSize } from '@/widgets/size'
import { colourOf, useThemeVersion } from '@/widgets/theme'
import { LABEL_SPACE, axisTicks, drawRows, readPalette, type View } from '../lib/draw'
import { isContainer, isCounted, type TraceModel } from '../lib/model'
import { ancestors, hasChildren, placeOf, subtitle } from '../lib/rows'

const HEAD = 26
const OVERSCAN = 12
const STEP = 8
const STICKY_MAX = 3
/** Rows further in than this are indented no more, so that names stay readable in very deep chains. */
const INDENT_MAX = 14

export interface TreeHandle {
  show: (row: number, align?: 'nearest' | 'center') => void
  focus: () => void
}

interface Props {
  model: TraceModel
  visible: Int32Array
  folded: ReadonlySet<number>
  selected: number
  zoom: readonly [number, number] | null
  found: ReadonlySet<number>
  onlyCritical: boolean
  phone: boolean
  onSelect: (row: number, open: boolean) => void
  onFold: (row: number) => void
  onZoom: (zoom: [number, number] | null) => void
  handle: Ref<TreeHandle>
}

export function SpanTree(props: Props): ReactNode {
  const { model, visible, folded, selected, zoom, phone } = props
  const scroller = useRef<HTMLDivElement>(null)
  const { width, height } = useSize(scroller)
  const rowHeight = phone ? 32 : 25
  const chart = Math.round(width * (phone ? 0.34 : width < 700 ? 0.38 : 0.43))
  const [first, setFirst] = useState(0)
  const shownRows = Math.ceil(height / rowHeight) + 2 * OVERSCAN + STEP
  // The window moves in steps, so that most frames of a scroll draw nothing new.
  const top = clamp(Math.floor((first - OVERSCAN) / STEP) * STEP, 0, Math.max(0, visible.length - 1))
  const rows = useMemo(() => visible.subarray(top, top + shownRows), [visible, top, shownRows])
  const view = useMemo<View>(
    () => ({ from: zoom?.[0] ?? 0, to: zoom?.[1] ?? model.span, left: 6, width: Math.max(20, chart - (phone ? 54 : LABEL_SPACE) - 10) }),
    [zoom, model, chart, phone],
  )
  // One array for as long as the same ancestors stay in sight, so that their bars are not drawn on each scroll.
  const stickyKey = stickyRows(model, visible, first).join(',')
  const sticky = useMemo(() => (stickyKey === '' ? [] : stickyKey.split(',').map(Number)), [stickyKey])
  const ticks = useMemo(() => axisTicks(view).filter((tick) => tick.x < chart - 20), [view, chart])
  useImperativeHandle(props.handle, () => ({
    focus: () => scroller.current?.focus({ preventScroll: true }),
    show: (row, align = 'nearest') => {
      const node = scroller.current
      if (!node) return
      const place = placeOf(visible, row) * rowHeight
      const room = node.clientHeight - HEAD
      const above = place - STICKY_MAX * rowHeight
      if (align === 'center') node.scrollTop = place - room / 2
      else if (above < node.scrollTop) node.scrollTop = Math.max(0, above)
      else if (place + rowHeight > node.scrollTop + room) node.scrollTop = place + rowHeight - room + 4
    },
  }), [visible, rowHeight])
  useWheelZoom(scroller, view, chart, model.span, props.onZoom)
  const onScroll = (): void => setFirst(Math.floor((scroller.current?.scrollTop ?? 0) / rowHeight))
  const grid = phone ? `minmax(0,1fr) ${chart}px` : `minmax(0,1fr) 68px 58px 42px ${chart}px`
  return (
    <div className="tree" role="treegrid" aria-label="Spans" aria-rowcount={visible.length + 1} aria-colcount={phone ? 2 : 5} tabIndex={0} ref={scroller}
      onScroll={onScroll} aria-activedescendant={`span-row-${selected}`} style={{ '--cols': grid, '--rowh': `${rowHeight}px` } as React.CSSProperties}>
      <div style={{ height: visible.length * rowHeight + HEAD, position: 'relative' }} role="presentation">
        <div className="tr head" role="row" aria-rowindex={1}>
          <span role="columnheader" className="nm">Span</span>
          {!phone && <><span role="columnheader" className="n">Cost</span><span role="columnheader" className="n">Tokens</span><span role="columnheader" className="n">% time</span></>}
          <span role="columnheader" className="axis"><span className="hidden">Time</span>
            {ticks.map((tick) => <i key={tick.x} style={{ left: tick.x }}>{tick.label}</i>)}
          </span>
        </div>
        <div className="stickyrows" style={{ height: 0 }} aria-hidden="true">
          {sticky.map((row) => <SpanRow key={row} {...props} row={row} rowIndex={0} clone />)}
          {sticky.length > 0 && <Bars model={model} rows={sticky} rowHeight={rowHeight} view={view} width={chart} top={0} onlyCritical={props.onlyCritical} />}
        </div>
        {/* A place in the page is used again for another row: changing text is cheaper than making elements. */}
        {Array.from(rows, (row, at) => (
          <div key={(top + at) % shownRows} className="trplace" role="presentation" style={{ transform: `translateY(${HEAD + (top + at) * rowHeight}px)` }}>
            <SpanRow model={model} row={row} rowIndex={top + at + 2} selected={selected} folded={folded} found={props.found} phone={phone}
              onlyCritical={props.onlyCritical} onSelect={props.onSelect} onFold={props.onFold} />
          </div>
        ))}
        <Bars model={model} rows={rows} rowHeight={rowHeight} view={view} width={chart} top={HEAD + top * rowHeight} onlyCritical={props.onlyCritical} />
      </div>
    </div>
  )
}

/** Ancestors of the first row that is in sight below them. */
function stickyRows(model: TraceModel, visible: Int32Array, first: number): number[] {
  if (first === 0) return []
  let chain: number[] = []
  for (let covered = 0; covered < STICKY_MAX; covered++) {
    const row = visible[Math.min(visible.length - 1, first + covered)] ?? 0
    chain = ancestors(model, row)
    if (chain.length <= covered + 1) break
  }
  const kept = chain.slice(0, STICKY_MAX)
  return kept.filter((row) => placeOf(visible, row) < first + kept.indexOf(row))
}

/** Ctrl or ⌘ with the wheel over the bars zooms around the pointer; the page itself must not zoom, so not passive. */
function useWheelZoom(scroller: React.RefObject<HTMLDivElement | null>, view: View, chart: number, span: number, onZoom: (zoom: [number, number] | null) => void): void {
  useEffect(() => {
    const node = scroller.current
    if (!node) return
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return
      const box = node.getBoundingClientRect()
      const x = event.clientX - (box.left + node.clientWidth - chart)
      if (x < 0) return
      event.preventDefault()
      const at = view.from + ((x - view.left) / view.width) * (view.to - view.from)
      const scale = Math.exp(clamp(event.deltaY, -60, 60) / 120)
      const from = Math.max(0, at - (at - view.from) * scale)
      const to = Math.min(span, at + (view.to - at) * scale)
      onZoom(from <= 0 && to >= span ? null : to - from >= 1000 ? [from, to] : null)
    }
    node.addEventListener('wheel', onWheel, { passive: false })
    return () => node.removeEventListener('wheel', onWheel)
  }, [scroller, view, chart, span, onZoom])
}

function Bars({ model, rows, rowHeight, view, width, top, onlyCritical }: {
  model: TraceModel
  rows: ArrayLike<number>
  rowHeight: number
  view: View
  width: number
  top: number
  onlyCritical: boolean
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const theme = useThemeVersion()
  useLayoutEffect(() => {
    const context = canvas.current && width > 0 ? prepareCanvas(canvas.current, width, rows.length * rowHeight) : null
    if (context) drawRows(context, { model, rows, rowHeight, view, palette: readPalette(colourOf), onlyCritical })
  }, [model, rows, rowHeight, view, width, onlyCritical, theme])
  return <canvas ref={canvas} className="bars" aria-hidden="true" style={{ transform: `translateY(${top}px)` }} />
}

type RowProps = Pick<Props, 'model' | 'selected' | 'folded' | 'found' | 'phone' | 'onlyCritical' | 'onSelect' | 'onFold'> & { row: number; rowIndex: number; clone?: boolean }

const SpanRow = memo(function SpanRow(props: RowProps): ReactNode {
  const { model, row, phone } = props
  const parent = hasChildren(model, row)
  const failed = model.error[row] === 1
  const folded = props.folded.has(row)
  const depth = model.depth[row] ?? 0
  const synthetic = (model.source[row] ?? -1) < 0
  const classes = ['tr', isContainer(model, row) ? 'container' : '', props.found.has(row) ? 'found' : '', synthetic ? 'synthetic' : '',
    props.onlyCritical && model.critical[row] !== 1 ? 'dim' : ''].filter(Boolean).join(' ')
  const identity = props.clone === true ? {} : {
    role: 'row', id: `span-row-${row}`, 'aria-level': depth + 1, 'aria-rowindex': props.rowIndex, 'aria-selected': row === props.selected,
    ...(parent ? { 'aria-expanded': !folded } : {}), 'data-span': model.spanIds[row],
  }
  const cell = props.clone === true ? {} : { role: 'gridcell' }
  return (
    <div className={classes} {...identity} onClick={() => props.onSelect(row, true)}>
      <span className="nm" {...cell}>
        {depth > 0 && <i className="indent" style={{ width: Math.min(depth, INDENT_MAX) * (phone ? 9 : 14) }} />}
        <span className={parent ? (folded ? 'twist closed' : 'twist') : 'twist leaf'}
          onClick={parent ? (event) => { event.stopPropagation(); props.onFold(row) } : undefined}>{parent && <Icon name="down" size={11} weight={1.8} />}</span>
        <KindIcon kind={synthetic ? 'other' : (KINDS[model.kind[row] ?? 0] ?? 'other')} size={17} />
        <b className={failed ? 'clip err' : 'clip'} title={model.names[row]}>{model.names[row]}</b>
        {failed && <span className="err"><Icon name="error" size={12} weight={1.7} /></span>}
        {folded && !failed && (model.errorsBelow[row] ?? 0) > 0 && <span className="err micro nowrap" title={`${plural(model.errorsBelow[row] ?? 0, 'error')} below`}>{model.errorsBelow[row]} ✕</span>}
        <span className="sub clip">{subtitle(model, row)}</span>
      </span>
      {!phone && (
        <>
          <span className="n" {...cell}><CostCell model={model} row={row} folded={folded} /></span>
          <span className="n" {...cell}><TokenCell model={model} row={row} folded={folded} /></span>
          <span className="n t3" {...cell}>{formatShare(model.duration[row] ?? NaN, model.span)}</span>
        </>
      )}
      <span {...cell} {...(props.clone === true ? {} : { 'aria-label': spoken(model, row) })} />
    </div>
  )
})

/** What the bar shows, in words. */
function spoken(model: TraceModel, row: number): string {
  const parts = [formatDuration(model.duration[row])]
  if (model.error[row] === 1) parts.push('error')
  if (model.critical[row] === 1) parts.push('on the critical path')
  return parts.join(', ')
}

/** Own cost of a call; of anything else the sum below it, in grey. What has no calls has no cost and shows nothing. */
function CostCell({ model, row, folded }: { model: TraceModel; row: number; folded: boolean }): ReactNode {
  const own = model.cost[row] ?? NaN
  const counted = isCounted(model.cell(row, 'counted'))
  if (!folded && counted && !Number.isNaN(own)) return formatNanoUsd(own)
  if (!counted && !Number.isNaN(own)) return <span className="t3" title="The same paid call is counted at another span">({formatNanoUsd(own)})</span>
  if (!folded && model.unpriced[row] === 1) return <span className="t3">unpriced</span>
  const sum = model.subtreeCost[row] ?? NaN
  const unknown = model.subtreeUnpriced[row] ?? 0
  if (Number.isNaN(sum)) return unknown > 0 ? <span className="t3">unpriced</span> : null
  return <span className="t3" title={unknown > 0 ? `and ${plural(unknown, 'unpriced call')}` : 'sum of the calls below'}>{formatNanoUsd(sum)}{unknown > 0 && '+?'}</span>
}

function TokenCell({ model, row, folded }: { model: TraceModel; row: number; folded: boolean }): ReactNode {
  const own = model.tokens[row] ?? NaN
  if (!folded && !Number.isNaN(own)) return formatTokens(own)
  const sum = model.subtreeTokens[row] ?? NaN
  return Number.isNaN(sum) ? null : <span className="t3">{formatTokens(sum)}</span>
}

// The stream of a call on its time axis. Hover or the arrow keys choose a read; below stands what is known of it, with
// the words around it. Dragging zooms.
import { useLayoutEffect, useRef, useState, type PointerEvent, type ReactNode } from 'react'
import { formatDuration } from '@/base/time'
import { formatBytes, formatCount, plural } from '@/base/tokens'
import { clamp } from '@/base/values'
import { Icon } from '@/widgets/icons'
import { prepareCanvas, useMedia, useSize } from '@/widgets/size'
import { colourOf, useThemeVersion } from '@/widgets/theme'
import { around, type Answer } from '../lib/answer'
import { drawStrip, readStripPalette, timeOfX, xOfTime, type StripView } from '../lib/draw'
import { gapBefore, nearestRead, quantile, readAfter, type Stream } from '../lib/stream'

const HEIGHT = 208
const HEIGHT_PHONE = 164
/** Without deltas there is one bar to show. */
const HEIGHT_BARE = 64
/** A hover this far from any read shows none. */
const REACH_PX = 24
const DRAG_MIN_PX = 5

interface Props {
  stream: Stream
  answer: Answer
  ttft: number | null
  failed: boolean
  streamed: boolean | null
  cursor: number
  zoom: readonly [number, number] | null
  onCursor: (read: number) => void
  onZoom: (zoom: [number, number] | null) => void
}

export function TimelineStrip(props: Props): ReactNode {
  const { stream, zoom, onZoom } = props
  return (
    <section className="panel strippanel" aria-label="Token timeline">
      <header>
        <h2>Token timeline</h2>
        <span className="t3 small clip">{summary(stream)}</span>
        <span className="push row small t2 striplegend">
          {stream.reads > 0 && <><span><i className="tickmark" /> one read</span><span><i className="curvemark" /> {stream.sized ? 'bytes' : 'deltas'} so far</span>{stream.deltas > 8 && <span><i className="pacemark" /> at median pace</span>}</>}
          {stream.stalls.length > 0 && <span><i className="stallmark" /> stall, over 250 ms and 8× the median</span>}
        </span>
        {zoom && <button type="button" className="btn tiny" onClick={() => onZoom(null)}>Whole call <kbd>0</kbd></button>}
      </header>
      <Canvas {...props} />
      <Readout {...props} />
    </section>
  )
}

function summary(stream: Stream): string {
  if (stream.deltas === 0) return ''
  const merged = stream.reads < stream.deltas ? ` in ${plural(stream.reads, 'read')}` : ''
  return `${plural(stream.deltas, 'delta')}${merged}${stream.gaps.length > 0 ? `, median gap ${formatDuration(quantile(stream.gaps, 0.5))}` : ''}`
}

function Canvas({ stream, ttft, failed, cursor, zoom, onCursor, onZoom, answer }: Props): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const { width } = useSize(box)
  const theme = useThemeVersion()
  const phone = useMedia('(max-width: 720px)')
  const height = stream.reads === 0 ? HEIGHT_BARE : phone ? HEIGHT_PHONE : HEIGHT
  const [drag, setDrag] = useState<[number, number] | null>(null)
  const from = zoom?.[0] ?? 0
  const to = zoom?.[1] ?? stream.length * 1.015
  const view: StripView = { from, to, width, height }
  useLayoutEffect(() => {
    const context = canvas.current && width > 0 ? prepareCanvas(canvas.current, width, height) : null
    if (context) drawStrip(context, { stream, ttft, failed }, { from, to, width, height }, readStripPalette(colourOf))
  }, [stream, ttft, failed, from, to, width, height, theme])
  const at = (event: PointerEvent): number => clamp(event.clientX - (box.current?.getBoundingClientRect().left ?? 0), 0, width)
  const choose = (x: number): void => {
    const ns = timeOfX(view, x)
    // Within a stall it is the read that ended it: that one knows its length.
    const stall = stream.stalls.find((one) => one.from < ns && ns < one.to)
    const read = stall ? readAfter(stream, stall) : nearestRead(stream, ns)
    if (read >= 0 && (stall !== undefined || Math.abs(xOfTime(view, stream.at[read] ?? 0) - x) <= REACH_PX)) onCursor(read)
  }
  const finish = (): void => {
    const range = drag
    setDrag(null)
    if (!range || Math.abs(range[1] - range[0]) < DRAG_MIN_PX) return
    const [low, high] = [timeOfX(view, Math.min(...range)), timeOfX(view, Math.max(...range))]
    onZoom([Math.max(0, low), Math.min(stream.length, high)])
  }
  // The cursor moves over the drawing, which stays: ten thousand deltas are not drawn again for each step.
  const cursorX = xOfTime(view, stream.at[cursor] ?? 0)
  const marked = cursor >= 0 && cursor < stream.reads && cursorX >= xOfTime(view, from) - 1 && cursorX <= xOfTime(view, to) + 1
  return (
    <div className="stripbox" ref={box} tabIndex={stream.reads > 0 ? 0 : -1} role={stream.reads > 0 ? 'slider' : 'img'}
      aria-label={stream.reads > 0 ? 'Deltas on the time axis' : `The call took ${formatDuration(stream.end)}${ttft === null ? '' : `, the first token came after ${formatDuration(ttft)}`}`}
      {...(stream.reads === 0 ? {} : { 'aria-valuemin': 1, 'aria-valuemax': stream.reads, 'aria-valuenow': Math.max(0, cursor) + 1, 'aria-valuetext': cursor < 0 ? 'no delta chosen' : spoken(stream, answer, cursor) })}
      onKeyDown={(event) => {
        const step = ({ Home: -Infinity, End: Infinity, PageUp: 20, PageDown: -20 } as Readonly<Record<string, number>>)[event.key]
        if (step === undefined || stream.reads === 0) return
        event.preventDefault()
        onCursor(clamp(cursor + step, 0, stream.reads - 1))
      }}
      onPointerDown={(event) => { if (stream.reads === 0) return; event.currentTarget.setPointerCapture(event.pointerId); setDrag([at(event), at(event)]); choose(at(event)) }}
      onPointerMove={(event) => { if (drag) setDrag([drag[0], at(event)]); else choose(at(event)) }}
      onPointerUp={finish} onPointerCancel={() => setDrag(null)} onDoubleClick={() => onZoom(null)}>
      <canvas ref={canvas} aria-hidden="true" style={{ height }} />
      {marked && <i className="cursorline" style={{ left: Math.floor(cursorX) }} />}
      {drag && Math.abs(drag[1] - drag[0]) >= DRAG_MIN_PX && <i className="brush" style={{ left: Math.min(...drag), width: Math.abs(drag[1] - drag[0]) }} />}
    </div>
  )
}

/** Why the place of words is an estimate. */
export function estimateNote({ fit }: Answer): string | undefined {
  if (fit === 'share') return 'How much each delta carried was not recorded: words are placed as if all carried the same.'
  return fit === 'near' ? 'The deltas and the stored answer differ a little in length, so places are approximate.' : undefined
}

/** Which deltas a read brought, counted from one. */
export function deltaNames(stream: Stream, read: number): string {
  const from = (stream.first[read] ?? 0) + 1
  const to = stream.first[read + 1] ?? from
  return from === to ? formatCount(from) : `${formatCount(from)}–${formatCount(to)}`
}

function spoken(stream: Stream, answer: Answer, read: number): string {
  const words = around(answer, stream, read, 0)
  const gap = gapBefore(stream, read)
  return `delta ${deltaNames(stream, read)} of ${stream.deltas}, at ${formatDuration(stream.at[read])}${Number.isNaN(gap) ? '' : `, ${formatDuration(gap)} after the one before`}${words === null ? '' : `: ${words.text}`}`
}

function Readout({ stream, answer, cursor, streamed }: Props): ReactNode {
  if (stream.reads === 0) {
    return (
      <p className="readout t2 small">
        {streamed === false ? 'This answer was not streamed: it came in one piece at the end.' : 'When each delta came was not recorded for this call; the wait and the end are all that is known of its course.'}
      </p>
    )
  }
  if (cursor < 0) return <p className="readout t3 small">Point at a delta, or use <kbd>←</kbd> <kbd>→</kbd>{stream.stalls.length > 0 && <>, <kbd>s</kbd> for the next stall</>}. Drag to zoom.{answer.why !== null && ` ${answer.why}`}{answer.fit === 'share' && ` ≈ ${estimateNote(answer)}`}</p>
  const gap = gapBefore(stream, cursor)
  const bytes = (stream.before[cursor + 1] ?? 0) - (stream.before[cursor] ?? 0)
  const merged = (stream.first[cursor + 1] ?? 0) - (stream.first[cursor] ?? 0)
  const stall = stream.stalls.some((one) => one.to === stream.at[cursor])
  const words = around(answer, stream, cursor)
  return (
    <div className="readout small">
      <span className="num nowrap">delta <b>{deltaNames(stream, cursor)}</b> <span className="t3">of {formatCount(stream.deltas)}</span></span>
      <span className="num nowrap">at <b>{formatDuration(stream.at[cursor])}</b></span>
      {!Number.isNaN(gap) && <span className={stall ? 'num nowrap warn strong' : 'num nowrap'}>{stall && <Icon name="pause" size={11} weight={2} />} +{formatDuration(gap)}{stall && ' stall'}</span>}
      {stream.sized && <span className="num nowrap">{formatBytes(bytes)}</span>}
      {merged > 1 && <span className="nowrap t2">{plural(merged, 'delta')} in one read</span>}
      {words ? (
        <span className="words mono" dir="auto" title={estimateNote(answer)}>{answer.fit !== 'exact' && '≈ '}{words.before}<mark>{words.text === '' ? '∅' : words.text}</mark>{words.after}</span>
      ) : <span className="t3">{answer.why}</span>}
    </div>
  )
}

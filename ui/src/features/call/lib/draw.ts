// Drawing of the timeline strip: output so far as a curve (slope is speed, flat is a pause), under it one tick for each
// read, stalls hatched with their length, the wait for the first token, the end of the call.
import { axisStep, formatDuration, formatStep } from '@/base/time'
import { readFrom, type Stream } from './stream'

export interface StripPalette {
  line: string
  text: string
  text2: string
  text3: string
  sunken: string
  surface: string
  mark: string
  warn: string
  warnFill: string
  warnSoft: string
  error: string
}

export function readStripPalette(colourOf: (token: string) => string): StripPalette {
  return {
    line: colourOf('--line'), text: colourOf('--text'), text2: colourOf('--text-2'), text3: colourOf('--text-3'), sunken: colourOf('--sunken'), surface: colourOf('--surface'), mark: colourOf('--k-llm'),
    warn: colourOf('--warn'), warnFill: colourOf('--warn-fill'), warnSoft: colourOf('--warn-soft'), error: colourOf('--error'),
  }
}

export interface StripView {
  /** The part of time that is drawn, in ns since the start of the call. */
  from: number
  to: number
  width: number
  height: number
}

export interface StripScene {
  stream: Stream
  /** As the sender measured it, else the first read. */
  ttft: number | null
  failed: boolean
}

const LEFT = 44
const RIGHT = 14
const TOP = 16
const AXIS = 20
const TICKS = 28
const GAP = 8

const FONT = '"Inter Variable", Inter, system-ui, sans-serif'

interface Places {
  left: number
  right: number
  /** Top and bottom of the curve. */
  top: number
  base: number
  ticks: number
  bottom: number
}

function placesOf(view: StripView): Places {
  const bottom = view.height - AXIS
  const ticks = bottom - TICKS
  return { left: LEFT, right: view.width - RIGHT, top: TOP, base: ticks - GAP, ticks, bottom }
}

export function xOfTime(view: StripView, ns: number): number {
  return LEFT + ((ns - view.from) / Math.max(1, view.to - view.from)) * Math.max(1, view.width - LEFT - RIGHT)
}

export function timeOfX(view: StripView, x: number): number {
  return view.from + ((x - LEFT) / Math.max(1, view.width - LEFT - RIGHT)) * (view.to - view.from)
}

export function drawStrip(context: CanvasRenderingContext2D, scene: StripScene, view: StripView, palette: StripPalette): void {
  const places = placesOf(view)
  context.textBaseline = 'middle'
  drawAxis(context, view, places, palette)
  context.save()
  context.beginPath()
  context.rect(places.left - 1, 0, places.right - places.left + 2, view.height)
  context.clip()
  if (scene.stream.reads > 0) {
    drawWait(context, scene, view, places, palette)
    drawStalls(context, scene, view, places, palette)
    drawCurve(context, scene, view, places, palette)
    drawTicks(context, scene, view, places, palette)
    drawFirst(context, scene, view, places, palette)
  } else drawBare(context, scene, view, places, palette)
  drawEnd(context, scene, view, places, palette)
  context.restore()
  drawScale(context, scene, places, palette)
}

function drawAxis(context: CanvasRenderingContext2D, view: StripView, { left, right, top, bottom }: Places, palette: StripPalette): void {
  const step = Math.max(1, axisStep(view.to - view.from, Math.max(2, (right - left) / 84)))
  context.font = `10.5px ${FONT}`
  context.textAlign = 'center'
  for (let ns = Math.ceil(view.from / step) * step; ns <= view.to; ns += step) {
    const x = Math.round(xOfTime(view, ns))
    context.fillStyle = palette.line
    context.fillRect(x, top - 6, 1, bottom - top + 6)
    context.fillStyle = palette.text3
    if (x > left + 8 && x < right - 14) context.fillText(formatStep(ns), x, bottom + 12)
    else if (x <= left + 8) {
      context.textAlign = 'left'
      context.fillText(formatStep(ns), x, bottom + 12)
      context.textAlign = 'center'
    }
  }
}

function drawScale(context: CanvasRenderingContext2D, { stream }: StripScene, { left, top, base, ticks, bottom }: Places, palette: StripPalette): void {
  if (stream.reads === 0) return
  const total = stream.before[stream.reads] ?? 0
  context.font = `10.5px ${FONT}`
  context.textAlign = 'right'
  context.fillStyle = palette.text3
  context.fillText(stream.sized ? bytesShort(total) : String(total), left - 7, top)
  context.fillText('0', left - 7, base)
  context.fillText('deltas', left - 7, (ticks + bottom) / 2)
}

const bytesShort = (bytes: number): string => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(bytes < 9950 ? 1 : 0)} KB`)

const firstOf = ({ stream, ttft }: StripScene): number => ttft ?? stream.at[0] ?? 0

function drawWait(context: CanvasRenderingContext2D, scene: StripScene, view: StripView, { top, bottom }: Places, palette: StripPalette): void {
  const [from, to] = [xOfTime(view, 0), xOfTime(view, firstOf(scene))]
  context.fillStyle = palette.sunken
  context.fillRect(from, top - 6, to - from, bottom - top + 6)
  context.fillStyle = palette.text2
  context.fillRect(to - 0.75, top - 6, 1.5, bottom - top + 6)
}

/** The first token's label: inside the wait where there is room, else behind it on a ground of its own. */
function drawFirst(context: CanvasRenderingContext2D, scene: StripScene, view: StripView, { left, top, base }: Places, palette: StripPalette): void {
  const [from, to] = [Math.max(left, xOfTime(view, 0)), xOfTime(view, firstOf(scene))]
  if (to < left) return
  const label = `TTFT ${formatDuration(firstOf(scene))}`
  context.font = `560 12px ${FONT}`
  const width = context.measureText(label).width
  if (to - from > width + 16) {
    context.textAlign = 'center'
    context.fillStyle = palette.text
    context.fillText(label, (from + to) / 2, base - 10)
    context.font = `11px ${FONT}`
    context.fillStyle = palette.text2
    context.fillText('waiting', (from + to) / 2, base - 26)
    return
  }
  context.fillStyle = palette.surface
  context.fillRect(to + 2, top - 12, width + 8, 17)
  context.textAlign = 'left'
  context.fillStyle = palette.text
  context.fillText(label, to + 6, top - 3)
}

/** Without deltas: the wait in pale, what followed the first token in full. */
function drawBare(context: CanvasRenderingContext2D, { stream, ttft, failed }: StripScene, view: StripView, { top, bottom }: Places, palette: StripPalette): void {
  const first = ttft ?? stream.end
  const [from, middle, to] = [xOfTime(view, 0), xOfTime(view, first), xOfTime(view, stream.end)]
  const y = (top - 6 + bottom) / 2 - 6
  context.fillStyle = failed ? palette.error : palette.mark
  context.globalAlpha = ttft === null ? 0.7 : 0.4
  context.fillRect(from, y, middle - from, 12)
  context.globalAlpha = 1
  context.fillRect(middle, y, Math.max(0, to - middle), 12)
  if (ttft === null || to - middle < 90) return
  context.font = `560 11px ${FONT}`
  context.textAlign = 'left'
  context.fillStyle = palette.surface
  context.fillText(`TTFT ${formatDuration(ttft)}`, middle + 6, y + 6.5)
}

function drawStalls(context: CanvasRenderingContext2D, { stream }: StripScene, view: StripView, { left, right, top, base, bottom }: Places, palette: StripPalette): void {
  let free = -Infinity
  for (const stall of stream.stalls) {
    if (stall.to < view.from || stall.from > view.to) continue
    const from = Math.max(left, xOfTime(view, stall.from))
    const to = Math.min(right, xOfTime(view, stall.to))
    context.globalAlpha = 0.6
    context.fillStyle = palette.warnSoft
    context.fillRect(from, top - 6, to - from, bottom - top + 6)
    context.globalAlpha = 1
    hatch(context, from, to, top - 6, bottom, palette.warnFill)
    context.fillStyle = palette.warnFill
    context.fillRect(from, top - 6, 1.5, bottom - top + 6)
    context.fillRect(to - 1.5, top - 6, 1.5, bottom - top + 6)
    const length = formatDuration(stall.to - stall.from)
    const times = stream.median > 0 ? Math.round((stall.to - stall.from) / stream.median) : 0
    const label = times > 1 && to - from > 190 ? `${length} stall, ${times}× the median gap` : to - from > 84 ? `${length} stall` : length
    context.font = `600 11.5px ${FONT}`
    const width = context.measureText(label).width + 12
    const middle = Math.max(left + width / 2, Math.min(right - width / 2, (from + to) / 2))
    // Lengths of stalls close to each other would cover each other: the later one stays a mark.
    if (middle - width / 2 < free) continue
    free = middle + width / 2 + 4
    // Beside the curve, which is flat here, not on it.
    const share = (stream.before[readFrom(stream, stall.to)] ?? 0) / Math.max(1, stream.before[stream.reads] ?? 1)
    const y = to - from > width ? top + (base - top) * (share > 0.5 ? 0.8 : 0.25) : top - 2
    context.fillStyle = palette.surface
    context.fillRect(middle - width / 2, y - 9, width, 18)
    context.strokeStyle = palette.warnFill
    context.lineWidth = 1
    context.strokeRect(middle - width / 2 + 0.5, y - 8.5, width - 1, 17)
    context.fillStyle = palette.warn
    context.textAlign = 'center'
    context.fillText(label, middle, y + 0.5)
  }
}

function hatch(context: CanvasRenderingContext2D, from: number, to: number, top: number, bottom: number, colour: string): void {
  context.save()
  context.beginPath()
  context.rect(from, top, to - from, bottom - top)
  context.clip()
  context.strokeStyle = colour
  context.globalAlpha = 0.3
  context.lineWidth = 1.5
  context.beginPath()
  const height = bottom - top
  for (let x = Math.floor((from - height) / 7) * 7; x < to; x += 7) {
    context.moveTo(x, bottom)
    context.lineTo(x + height, top)
  }
  context.stroke()
  context.restore()
}

function drawCurve(context: CanvasRenderingContext2D, { stream }: StripScene, view: StripView, { left, right, top, base }: Places, palette: StripPalette): void {
  const total = Math.max(1, stream.before[stream.reads] ?? 1)
  const y = (sum: number): number => base - (sum / total) * (base - top)
  const first = stream.at[0] ?? 0
  if (stream.median > 0 && stream.deltas > 8) {
    context.strokeStyle = palette.text3
    context.lineWidth = 1
    context.setLineDash([3, 3])
    context.beginPath()
    context.moveTo(xOfTime(view, first), base)
    context.lineTo(xOfTime(view, first + stream.median * (stream.deltas - 1)), top)
    context.stroke()
    context.setLineDash([])
  }
  context.strokeStyle = palette.mark
  context.lineWidth = 1.75
  context.lineJoin = 'round'
  context.beginPath()
  const begin = Math.max(0, readFrom(stream, view.from) - 1)
  context.moveTo(Math.max(left - 4, xOfTime(view, stream.at[begin] ?? 0)), y(stream.before[begin] ?? 0))
  let column = -1
  for (let read = begin; read < stream.reads; read++) {
    const x = xOfTime(view, stream.at[read] ?? 0)
    // Of the reads that share a pixel the last one says it all.
    const next = read + 1 < stream.reads ? xOfTime(view, stream.at[read + 1] ?? 0) : Infinity
    if (Math.floor(next) === Math.floor(x) && column === Math.floor(x)) continue
    column = Math.floor(x)
    context.lineTo(x, y(stream.before[read] ?? 0))
    context.lineTo(x, y(stream.before[read + 1] ?? 0))
    if (x > right) break
  }
  context.lineTo(xOfTime(view, Math.max(stream.end, stream.at[stream.reads - 1] ?? 0)), y(total))
  context.stroke()
}

/** One line a pixel at most: darker where more reads share it; a cap where one read brought several deltas. */
function drawTicks(context: CanvasRenderingContext2D, { stream }: StripScene, view: StripView, { right, ticks, bottom }: Places, palette: StripPalette): void {
  context.fillStyle = palette.mark
  for (let read = readFrom(stream, view.from); read < stream.reads; ) {
    const x = Math.floor(xOfTime(view, stream.at[read] ?? 0))
    if (x > right) break
    const begin = read
    while (read < stream.reads && Math.floor(xOfTime(view, stream.at[read] ?? 0)) === x) read++
    const merged = (stream.first[read] ?? 0) - (stream.first[begin] ?? 0)
    context.globalAlpha = Math.min(1, 0.55 + 0.12 * Math.log2(merged))
    context.fillRect(x, ticks, 1, bottom - ticks)
    if (read - begin === 1 && merged > 1) {
      context.globalAlpha = 1
      context.fillRect(x - 1, ticks - 2, 3, 4)
      context.fillRect(x, ticks, 1.5, bottom - ticks)
    }
  }
  context.globalAlpha = 1
}

/** A call that ends well after its last delta waited for something: a closing event, or a connection that broke. */
const LATE_END_NS = 250e6

function drawEnd(context: CanvasRenderingContext2D, { stream, failed }: StripScene, view: StripView, { top, bottom, ticks }: Places, palette: StripPalette): void {
  const x = xOfTime(view, stream.end)
  // Nothing is known to be late where no delta is known.
  const last = stream.reads > 0 ? (stream.at[stream.reads - 1] ?? 0) : NaN
  const late = stream.end - last
  const colour = failed ? palette.error : palette.text3
  context.strokeStyle = colour
  context.lineWidth = 1.5
  context.setLineDash([4, 3])
  context.beginPath()
  context.moveTo(x, top - 6)
  context.lineTo(x, bottom)
  context.stroke()
  context.setLineDash([])
  const label = late > LATE_END_NS ? `${failed ? 'failed' : 'ended'} ${formatDuration(late)} after the last delta` : failed && stream.reads > 0 ? 'failed here' : ''
  if (label === '') return
  context.font = `11px ${FONT}`
  context.textAlign = 'right'
  context.fillStyle = failed ? palette.error : palette.text2
  context.fillText(label, x - 6, ticks - 18)
}

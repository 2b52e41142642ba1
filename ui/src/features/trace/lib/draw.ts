// Drawing of bars on a canvas. Work is a solid bar, a container is a bracket: it does no work itself. Errors carry an
// outline and a thick end besides the colour; the critical path is a dark line under the bar.
import { KINDS } from '@/api/types'
import { axisStep, formatDuration, formatStep } from '@/base/time'
import { hasChildren } from './rows'
import { isContainer, type TraceModel } from './model'

export interface Palette {
  kinds: string[]
  line: string
  text: string
  text3: string
  error: string
  errorText: string
  surface: string
  ghost: string
}

export function readPalette(colourOf: (token: string) => string): Palette {
  return {
    kinds: KINDS.map((kind) => colourOf(`--k-${kind}`)),
    line: colourOf('--line'), text: colourOf('--text'), text3: colourOf('--text-3'), error: colourOf('--error-fill'),
    errorText: colourOf('--error'), surface: colourOf('--surface'), ghost: colourOf('--ghost'),
  }
}

/** The part of time that is drawn, in ns since the origin of the trace, and where it lies on the canvas. */
export interface View {
  from: number
  to: number
  left: number
  width: number
}

/** `21 h 45 m` and the gap before it. */
export const LABEL_SPACE = 62

export function xOf(view: View, ns: number): number {
  return view.left + ((ns - view.from) / Math.max(1, view.to - view.from)) * view.width
}

export function axisTicks(view: View): { x: number; label: string }[] {
  // Nothing is shorter than a nanosecond: a trace without length has two ticks.
  const step = Math.max(1, axisStep(view.to - view.from, Math.max(2, view.width / 72)))
  const ticks: { x: number; label: string }[] = []
  for (let ns = Math.ceil(view.from / step) * step; ns <= view.to && ticks.length < 40; ns += step) {
    ticks.push({ x: xOf(view, ns), label: formatStep(ns) })
  }
  return ticks
}

interface BarPlace {
  x: number
  width: number
  middle: number
}

export interface DrawOptions {
  model: TraceModel
  rows: ArrayLike<number>
  rowHeight: number
  view: View
  palette: Palette
  onlyCritical: boolean
}

/** Draws the bars of `rows`, one under the other from the top of the canvas. */
export function drawRows(context: CanvasRenderingContext2D, options: DrawOptions): void {
  const { model, rows, rowHeight, view, palette } = options
  const height = rows.length * rowHeight
  context.font = '11px "Inter Variable", Inter, system-ui, sans-serif'
  context.textBaseline = 'middle'
  context.fillStyle = palette.line
  for (const tick of axisTicks(view)) context.fillRect(Math.round(tick.x), 0, 1, height)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0
    const start = (model.start[row] ?? NaN) - model.origin
    if (Number.isNaN(start)) continue
    const known = !Number.isNaN(model.duration[row] ?? NaN)
    const finish = start + (known ? (model.duration[row] ?? 0) : 0)
    const middle = i * rowHeight + rowHeight / 2
    context.globalAlpha = options.onlyCritical && model.critical[row] !== 1 ? 0.22 : 1
    if (finish < view.from || start > view.to) {
      drawOutside(context, options, middle, start > view.to)
      continue
    }
    const x = Math.max(view.left - 3, xOf(view, start))
    const end = Math.min(view.left + view.width + 3, xOf(view, finish))
    const place: BarPlace = { x, width: Math.max(2, end - x), middle }
    drawBar(context, options, row, place)
    drawLabel(context, options, row, place, known)
  }
  context.globalAlpha = 1
}

/** A small arrow at the side on which the span lies, outside of the zoomed part. */
function drawOutside(context: CanvasRenderingContext2D, { view, palette }: DrawOptions, middle: number, after: boolean): void {
  const x = after ? view.left + view.width + 8 : view.left - 1
  const step = after ? 4 : -4
  context.fillStyle = palette.ghost
  context.beginPath()
  context.moveTo(x, middle - 4)
  context.lineTo(x + step, middle)
  context.lineTo(x, middle + 4)
  context.fill()
}

function drawBar(context: CanvasRenderingContext2D, { model, palette, view, onlyCritical }: DrawOptions, row: number, { x, width, middle }: BarPlace): void {
  const colour = palette.kinds[model.kind[row] ?? 0] ?? palette.text3
  const top = middle - 4.5
  const base = context.globalAlpha
  context.fillStyle = colour
  if (isContainer(model, row)) {
    context.fillRect(x, middle - 3.5, width, 2.5)
    context.fillRect(x, middle - 3.5, 1.5, 7)
    context.fillRect(x + width - 1.5, middle - 3.5, 1.5, 7)
  } else if (hasChildren(model, row)) {
    context.globalAlpha = base * 0.34
    context.fillRect(x, top, width, 9)
    context.globalAlpha = base
    context.fillRect(x, top, width, 2.5)
  } else {
    context.fillRect(x, top, width, 9)
  }
  const ttft = model.ttft[row] ?? NaN
  if (!Number.isNaN(ttft) && !isContainer(model, row)) {
    const first = Math.min(x + width, xOf(view, (model.start[row] ?? 0) - model.origin + ttft))
    if (first - x > 2) {
      context.fillStyle = palette.surface
      context.globalAlpha = base * 0.55
      context.fillRect(x, top, first - x, 9)
      context.globalAlpha = base
    }
  }
  if (model.error[row] === 1) {
    context.strokeStyle = palette.error
    context.lineWidth = 1.5
    context.strokeRect(x - 1, top - 1, width + 2, 11)
    context.fillStyle = palette.error
    context.fillRect(x + width - 1, top - 1, 3, 11)
  }
  if (model.critical[row] === 1 && (onlyCritical || !isContainer(model, row))) {
    context.fillStyle = palette.text
    context.fillRect(x, top + 11.5, width, 1.5)
  }
}

function drawLabel(context: CanvasRenderingContext2D, { model, palette, view }: DrawOptions, row: number, { x, width, middle }: BarPlace, known: boolean): void {
  const text = known ? formatDuration(model.duration[row]) : 'no end'
  context.fillStyle = model.error[row] === 1 ? palette.errorText : palette.text3
  context.textAlign = 'left'
  // Room for the longest label is kept free to the right of the axis.
  context.fillText(text, Math.min(x + width + 6, view.left + view.width + 6), middle + 0.5)
}

const LANES_MAX = 6
const LANE = 5
/** Beyond, full marks would hide the trace: errors are ticks at the foot of the strip. */
const TALL_ERRORS_MAX = 24

/** The whole trace in one strip: lanes are depth; what falls on a pixel already taken in its lane is left out. */
export function drawOverview(context: CanvasRenderingContext2D, model: TraceModel, view: View, palette: Palette): void {
  const taken = new Int32Array(LANES_MAX).fill(-1)
  const errors: number[] = []
  for (let row = 0; row < model.count; row++) {
    const start = (model.start[row] ?? NaN) - model.origin
    if (Number.isNaN(start)) continue
    const container = isContainer(model, row)
    const lane = Math.min(LANES_MAX - 1, model.depth[row] ?? 0)
    const x = xOf(view, start)
    const end = Math.max(x + 1, xOf(view, start + (model.duration[row] || 0)))
    if (model.error[row] === 1) errors.push(end)
    // Rows of one lane ascend in time nearly always; a later short one under a long one is not worth a pixel.
    if (Math.floor(end) <= (taken[lane] ?? -1)) continue
    taken[lane] = Math.floor(end)
    context.fillStyle = model.error[row] === 1 ? palette.error : (palette.kinds[model.kind[row] ?? 0] ?? palette.text3)
    context.fillRect(x, lane * LANE + 1, end - x, container ? 2.5 : 4)
  }
  context.fillStyle = palette.error
  const tall = errors.length <= TALL_ERRORS_MAX
  let last = -9
  for (const x of errors.sort((a, b) => a - b)) {
    if (x - last < 2) continue
    last = x
    context.fillRect(x - 1, tall ? 0 : LANES_MAX * LANE - 3, 1.5, tall ? OVERVIEW_HEIGHT : 5)
  }
}
export const OVERVIEW_HEIGHT = LANES_MAX * LANE + 2

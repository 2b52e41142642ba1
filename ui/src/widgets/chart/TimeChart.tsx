// A chart over time: lines or a stack, the previous period as a ghost, releases as marks. Dragging sets the time. uPlot
// draws it; what it shows stands in a table as well (ChartPanel).
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { fitText } from '@/base/ids'
import { formatAxis, formatRatio, formatValue, logTicks } from '@/base/measure'
import { formatMinute, timeTick } from '@/base/time'
import { zoneLabel, zoneName } from '@/base/zone'
import { useSize } from '../size'
import { colourOf, useThemeVersion } from '../theme'
import { brushed, bucketAt, ghostTotal, isSparse, stack, stepOf, type ChartData, type Mark, type Value } from './series'
import './chart.css'

interface Props extends ChartData {
  label: string
  stacked?: boolean
  bars?: boolean
  /** Durations are read on a log axis: the tail and the middle at once. */
  log?: boolean
  marks?: readonly Mark[]
  height?: number
  onBrush?: (fromMs: number, toMs: number) => void
}

const AXIS_FONT = '10.5px "Inter Variable", system-ui, sans-serif'
const MARK_ROWS = 2
const MARK_ROW_PX = 17
const MARK_NAME_PX_MAX = 130
/** A lower chart needs its height for the lines: marks stand in it without their names, which the tip says. */
const MARK_NAMES_FROM_PX = 150
const BRUSH_PX_MIN = 4
const LABEL_HALF_PX = 20
const HEIGHT = 220

interface Drawn {
  data: (Value[] | number[])[]
  options: Omit<uPlot.Options, 'width' | 'height'>
}

const faded = (colour: string, share: number): string => {
  const parts = colour.match(/[\d.]+/g) ?? ['128', '128', '128']
  return `rgba(${parts[0] ?? 0}, ${parts[1] ?? 0}, ${parts[2] ?? 0}, ${share})`
}

/** Marks with their names, in rows so that neighbours do not cover each other. */
function drawMarks(plot: uPlot, marks: readonly Mark[], named: boolean): void {
  const { ctx, bbox } = plot
  const scale = uPlot.pxRatio
  const ends: number[] = []
  ctx.save()
  ctx.font = `560 ${10.5 * scale}px "Inter Variable", system-ui, sans-serif`
  ctx.textBaseline = 'middle'
  for (const mark of marks) {
    const x = Math.round(plot.valToPos(mark.atMs / 1000, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    const label = fitText(mark.label, MARK_NAME_PX_MAX * scale, (text) => ctx.measureText(text).width)
    const width = ctx.measureText(label).width + 10 * scale
    const left = Math.min(x, bbox.left + bbox.width - width)
    let row = ends.findIndex((end) => end + 4 * scale <= left)
    if (row < 0) row = ends.length < MARK_ROWS ? ends.length : -1
    if (!named) row = -1
    ctx.strokeStyle = colourOf('--accent')
    ctx.lineWidth = scale
    ctx.setLineDash([3 * scale, 2 * scale])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    if (row < 0) continue
    ends[row] = left + width
    const top = bbox.top - (MARK_ROWS - row) * MARK_ROW_PX * scale + scale
    ctx.setLineDash([])
    ctx.fillStyle = colourOf('--accent-fill')
    ctx.fillRect(left, top, width, 15 * scale)
    ctx.fillStyle = colourOf('--on-accent')
    ctx.fillText(label, left + 5 * scale, top + 8 * scale)
  }
  ctx.restore()
}

function seriesOf(props: Props): { data: Value[][]; series: uPlot.Series[]; bands: uPlot.Band[] } {
  const { series, stacked = false, bars = false } = props
  const data: Value[][] = []
  const drawn: uPlot.Series[] = []
  const bands: uPlot.Band[] = []
  const bar = uPlot.paths.bars?.({ size: [0.72, 40], align: 1 })
  const line = (values: Value[], options: uPlot.Series): void => {
    data.push(values)
    // Where most is unknown, what is known stands as points with a line through them; else a hole is a hole.
    const sparse = isSparse(values)
    drawn.push({ points: { show: sparse, size: 5, ...(options.stroke === undefined ? {} : { fill: options.stroke }) }, spanGaps: sparse, ...options, ...(sparse ? { fill: 'transparent' } : {}) })
  }
  if (stacked && bars && bar) {
    // The tallest first: each sum covers the lower part of the one above it.
    const sums = stack(series)
    for (const [index, item] of [...series.entries()].reverse()) line(sums[index] ?? [], { stroke: colourOf(item.colour), fill: colourOf(item.colour), width: 0, paths: bar, points: { show: false } })
    const ghost = ghostTotal(series)
    if (ghost) line(ghost, { stroke: colourOf('--text-2'), width: 1.2, dash: [3, 3] })
    return { data, series: drawn, bands }
  }
  if (stacked) {
    const sums = stack(series)
    for (const [index, item] of series.entries()) {
      const colour = colourOf(item.colour)
      line(sums[index] ?? [], { stroke: colour, width: 1, ...(index === 0 ? { fill: faded(colour, 0.78) } : {}) })
      if (index > 0) bands.push({ series: [index + 1, index], fill: faded(colour, 0.78) })
    }
    const ghost = ghostTotal(series)
    if (ghost) line(ghost, { stroke: colourOf('--text-2'), width: 1.2, dash: [3, 3] })
    return { data, series: drawn, bands }
  }
  for (const item of series) if (item.ghost) line([...item.ghost], { stroke: series.length === 1 ? colourOf('--ghost') : faded(colourOf(item.colour), 0.45), width: 1, dash: [3, 3] })
  for (const item of series) {
    const colour = colourOf(item.colour)
    line([...item.values], { stroke: colour, width: 1.5, ...(bars && bar ? { paths: bar, fill: faded(colour, 0.7) } : series.length === 1 ? { fill: faded(colour, 0.08) } : {}) })
  }
  return { data, series: drawn, bands }
}

function draw(props: Props, onHover: (index: number | null, left: number) => void): Drawn {
  const { times, unit, marks = [], onBrush, log = false, height = HEIGHT } = props
  const named = height >= MARK_NAMES_FROM_PX
  const { data, series, bands } = seriesOf(props)
  const grid = colourOf('--line')
  const ink = colourOf('--text-3')
  const step = stepOf(times)
  const positive = log && data.some((values) => values.some((value) => value !== null && value > 0))
  return {
    data: [times.map((ms) => ms / 1000), ...data.map((values) => times.map((_, at) => { const value = values[at] ?? null; return positive && value !== null && value <= 0 ? null : value }))],
    options: {
      // On the right there is room for half a label: the last one may stand at the very end.
      padding: [marks.length > 0 && named ? MARK_ROWS * MARK_ROW_PX + 2 : 8, LABEL_HALF_PX, 0, 0],
      legend: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zoneName() === 'UTC' ? 'Etc/UTC' : zoneName()),
      cursor: { y: false, points: { show: false }, drag: { x: onBrush !== undefined, y: false, setScale: false, dist: BRUSH_PX_MIN } },
      scales: {
        x: { time: true, range: () => [(times[0] ?? 0) / 1000, ((times.at(-1) ?? 0) + (props.bars === true ? step : times.length < 2 ? step : 0)) / 1000] },
        y: { distr: positive ? 3 : 1, range: positive ? (_, low, high) => [Math.max(low * 0.8, 1e-9), high * 1.25] : unit === 'score' ? (_, low, high) => padded(low, high) : (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.08 : 1] },
      },
      series: [{}, ...series],
      bands,
      axes: [
        { stroke: ink, font: AXIS_FONT, grid: { show: false }, ticks: { show: false }, size: 24, gap: 6, space: 90,
          values: (_, splits, __, ___, increment) => splits.map((seconds) => timeTick(seconds * 1000, increment * 1000)) },
        { stroke: ink, font: AXIS_FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false }, gap: 6, space: 34,
          ...(positive ? { splits: (_: uPlot, __: number, low: number, high: number) => logTicks(low, high), filter: (_: uPlot, splits: number[]) => splits } : {}),
          size: (_, values) => Math.max(30, ...(values ?? []).map((text) => text.length * 6.2 + 12)),
          values: (_, splits) => splits.map((value) => (value === null ? '' : formatAxis(unit, value))) },
      ],
      hooks: {
        drawClear: [(plot) => drawMarks(plot, marks, named)],
        setCursor: [(plot) => onHover(plot.cursor.idx ?? null, plot.cursor.left ?? -1)],
        setSelect: [(plot) => {
          const { left, width } = plot.select
          if (width < BRUSH_PX_MIN || !onBrush) return
          const range = brushed(times, plot.posToVal(left, 'x') * 1000, plot.posToVal(left + width, 'x') * 1000)
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          if (range) onBrush(...range)
        }],
      },
    },
  }
}

/** A score lives in a narrow band: showing it from zero would show nothing. */
function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  const room = Math.max((high - low) * 0.2, Math.abs(high) * 0.01, 0.001)
  return [low - room, high + room]
}

export function TimeChart(props: Props): ReactNode {
  const { times, series, unit, label, height = HEIGHT } = props
  const box = useRef<HTMLDivElement>(null)
  const { width } = useSize(box)
  const theme = useThemeVersion()
  const [hover, setHover] = useState<{ index: number; left: number } | null>(null)
  const brush = useRef(props.onBrush)
  useEffect(() => {
    brush.current = props.onBrush
  })
  const brushable = props.onBrush !== undefined
  // What the drawing depends on, as text: parents make fresh arrays on each render, and a chart made anew loses its cursor.
  const zone = zoneName()
  const key = useMemo(() => JSON.stringify([times, series, unit, props.stacked, props.bars, props.log, props.marks, zone]), [zone, times, series, unit, props.stacked, props.bars, props.log, props.marks])
  useEffect(() => {
    const host = box.current
    if (!host || width === 0 || times.length === 0) return
    const { data, options } = draw({ ...props, ...(brushable ? { onBrush: (from, to) => brush.current?.(from, to) } : {}) }, (index, left) => setHover(index === null || left < 0 ? null : { index, left }))
    const plot = new uPlot({ ...options, width, height }, data as uPlot.AlignedData, host)
    return () => {
      plot.destroy()
      setHover(null)
    }
    // `key` and the theme stand for everything that is drawn.
  }, [key, width, height, theme, brushable])
  return (
    <div className="timechart" ref={box} style={{ height }} role="img" aria-label={`${label}. ${describe(props)}`}>
      {hover && <Tip {...props} index={hover.index} left={hover.left} width={width} />}
    </div>
  )
}

function describe({ series, times, unit, marks = [], onBrush }: Props): string {
  const last = series.slice(0, 6).map((item) => `${item.name} ${formatValue(unit, item.values.findLast((value) => value !== null))}`).join(', ')
  const began = marks.map((mark) => `${mark.label} at ${formatMinute(mark.atMs)}`).join(', ')
  return `${times.length} points in time; newest: ${last}.${began === '' ? '' : ` First ran within: ${began}.`}${onBrush ? ' Drag to choose a time.' : ''}`
}

const TIP_ROWS = 8

function Tip({ times, series, unit, stacked, marks = [], index, left, width }: Props & { index: number; left: number; width: number }): ReactNode {
  const rows = series.map((item) => ({ item, value: item.values[index] ?? null, before: item.ghost?.[index] ?? null })).filter((row) => row.value !== null || row.before !== null)
  const total = rows.reduce((sum, row) => sum + (row.value ?? 0), 0)
  const shown = stacked ? [...rows].reverse() : rows
  return (
    <div className="charttip" style={left > width / 2 ? { right: width - left + 14 } : { left: left + 52 }}>
      <p className="t2">{formatMinute(times[index] ?? 0)} {zoneLabel()}{stacked && rows.length > 1 && <b className="push num">{formatValue(unit, total)}</b>}</p>
      {shown.slice(0, TIP_ROWS).map(({ item, value, before }, row) => (
        <p key={row}><i className="dot" style={{ background: `var(${item.colour})` }} /><span className="clip">{item.name}</span>
          <b className="push num">{formatValue(unit, value)}</b>
          {stacked === true && total > 0 && rows.length > 1 && <span className="t3 num">{formatRatio((value ?? 0) / total)}</span>}
          {before !== null && <span className="t3 num">was {formatValue(unit, before)}</span>}</p>
      ))}
      {marks.filter((mark) => bucketAt(times, mark.atMs) === index).map((mark, at) => <p key={at}><span className="badge accent">{mark.label}</span><span className="t3">first ran</span></p>)}
    </div>
  )
}

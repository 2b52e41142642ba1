// A heatmap: time to the right, a measure upward, darker where more lies. Dragging (or arrows, Shift and Enter) marks a
// region to ask about. Drawn on one canvas whatever its size.
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { formatAxis, type MetricUnit } from '@/base/measure'
import { axisStep, timeTick } from '@/base/time'
import { clamp } from '@/base/values'
import { zoneLabel, zoneOffset } from '@/base/zone'
import { prepareCanvas, useSize } from '../size'
import { colourOf, useThemeVersion } from '../theme'
import { boundsWords, countWords, timeWords } from './heatwords'
import { stepOf } from './series'
import './chart.css'

/** Cells from `[column, row]` to another, both inside. */
export type Cells = readonly [column0: number, row0: number, column1: number, row1: number]

interface Props {
  times: readonly number[]
  /** Lower bounds of the rows and the upper one of the last, ascending. */
  bounds: readonly number[]
  counts: readonly (readonly number[])[]
  unit: MetricUnit
  label: string
  noun: string
  region: Cells | null
  onRegion: (region: Cells | null) => void
  height?: number
}

const LEFT = 56
/** Half the width of a label: one that ends further left is whole. */
const LABEL_HALF_PX = 20
const BOTTOM = 22
/** The label of the highest bound has its lower half above the cells. */
const TOP = 8

export function HeatmapChart({ times, bounds, counts, unit, label, noun, region, onRegion, height = 320 }: Props): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const { width } = useSize(box)
  const theme = useThemeVersion()
  const [drag, setDrag] = useState<Cells | null>(null)
  const [hover, setHover] = useState<[number, number] | null>(null)
  const columns = times.length
  const rows = Math.max(0, bounds.length - 1)
  const cellW = Math.max(0.1, (width - LEFT) / Math.max(1, columns))
  const cellH = Math.max(0.1, (height - BOTTOM - TOP) / Math.max(1, rows))
  useEffect(() => {
    const context = canvas.current && width > LEFT ? prepareCanvas(canvas.current, width, height) : null
    if (!context) return
    const most = Math.max(1, ...counts.map((column) => Math.max(0, ...column)))
    context.fillStyle = colourOf('--s1')
    for (const [column, cells] of counts.entries()) for (const [row, count] of cells.entries()) {
      if (count <= 0) continue
      // A root, so that the few slow ones are seen beside the many.
      context.globalAlpha = 0.12 + 0.88 * Math.sqrt(count / most)
      context.fillRect(LEFT + column * cellW, height - BOTTOM - (row + 1) * cellH, Math.max(1, cellW - 0.5), Math.max(1, cellH - 0.5))
    }
    context.globalAlpha = 1
  }, [counts, width, height, theme, cellW, cellH])
  const cellAt = (event: PointerEvent): [number, number] => {
    const frame = box.current?.getBoundingClientRect()
    const column = clamp(Math.floor((event.clientX - (frame?.left ?? 0) - LEFT) / cellW), 0, columns - 1)
    return [column, clamp(Math.floor((height - BOTTOM - (event.clientY - (frame?.top ?? 0))) / cellH), 0, rows - 1)]
  }
  const ordered = (cells: Cells): Cells => [Math.min(cells[0], cells[2]), Math.min(cells[1], cells[3]), Math.max(cells[0], cells[2]), Math.max(cells[1], cells[3])]
  const onKey = (event: KeyboardEvent): void => {
    const moves: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }
    const move = moves[event.key]
    if (event.key === 'Escape' && region) {
      onRegion(null)
    } else if (!move) return
    event.preventDefault()
    event.stopPropagation()
    if (!move) return
    const from = region ?? [0, 0, Math.max(0, Math.floor(columns / 8)), Math.max(0, Math.floor(rows / 8))]
    const [dx, dy] = move
    const right = clamp(from[2] + dx, event.shiftKey ? from[0] : from[2] - from[0], columns - 1)
    const top = clamp(from[3] + dy, event.shiftKey ? from[1] : from[3] - from[1], rows - 1)
    onRegion(event.shiftKey ? [from[0], from[1], right, top] : [right - (from[2] - from[0]), top - (from[3] - from[1]), right, top])
  }
  const shown = drag ? ordered(drag) : region
  const start = times[0] ?? 0
  const end = (times.at(-1) ?? 0) + stepOf(times)
  const tick = axisStep((end - start) * 1e6, Math.max(2, width / 130)) / 1e6
  // Ticks stand where clocks of the zone show round times.
  const ahead = zoneOffset(start)
  const ticks = tick > 0 ? Array.from({ length: 40 }, (_, at) => Math.ceil((start + ahead) / tick) * tick - ahead + at * tick).filter((ms) => ms < end) : []
  const every = Math.max(1, Math.ceil(rows / Math.max(2, height / 34)))
  return (
    <div className="heat" ref={box} style={{ height }} tabIndex={0} role="application" aria-label={`${label}. Drag a region, or move one with the arrow keys and Shift, to ask what is different about it.`} onKeyDown={onKey}
      onPointerDown={(event) => { if (columns === 0) return; event.currentTarget.setPointerCapture(event.pointerId); const [c, r] = cellAt(event); setDrag([c, r, c, r]) }}
      onPointerMove={(event) => { const [c, r] = cellAt(event); setHover([c, r]); setDrag((old) => old && [old[0], old[1], c, r]) }}
      onPointerUp={() => { if (drag) onRegion(ordered(drag)); setDrag(null) }} onPointerCancel={() => setDrag(null)} onPointerLeave={() => setHover(null)}>
      <canvas ref={canvas} aria-hidden="true" />
      <svg className="axis" width={width} height={height} aria-hidden="true">
        {bounds.map((bound, row) => row % every === 0 && <text key={row} x={LEFT - 6} y={height - BOTTOM - row * cellH + 3.5} textAnchor="end">{formatAxis(unit, Number(bound.toPrecision(2)))}</text>)}
        {ticks.map((ms) => <text key={ms} x={LEFT + ((ms - start) / (end - start)) * (width - LEFT)} y={height - 6} textAnchor={LEFT + ((ms - start) / (end - start)) * (width - LEFT) > width - LABEL_HALF_PX ? 'end' : 'middle'}>{timeTick(ms, tick)}</text>)}
      </svg>
      {shown && <div className="region" style={{ left: LEFT + shown[0] * cellW, width: (shown[2] - shown[0] + 1) * cellW, top: height - BOTTOM - (shown[3] + 1) * cellH, height: (shown[3] - shown[1] + 1) * cellH }} />}
      {hover && !drag && (counts[hover[0]]?.[hover[1]] ?? 0) > 0 && (
        <div className="charttip" style={hover[0] * cellW > width / 2 ? { right: width - LEFT - hover[0] * cellW + 10 } : { left: LEFT + (hover[0] + 1) * cellW + 10 }}>
          <p className="t2">{timeWords(times[hover[0]] ?? 0, (times[hover[0]] ?? 0) + stepOf(times))} {zoneLabel()}</p>
          <p><span className="strong">{boundsWords(unit, bounds[hover[1]], bounds[hover[1] + 1])}</span></p>
          <p>{countWords(counts[hover[0]] ?? [], hover[1], noun)}</p>
        </div>
      )}
    </div>
  )
}

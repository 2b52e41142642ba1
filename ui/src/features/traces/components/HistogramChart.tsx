// Traces over time, above the list. Dragging over it sets the time range; a table with the same numbers stands behind.
import { useMemo, useRef, useState, type PointerEvent, type ReactNode } from 'react'
import type { Histogram } from '@/api/types'
import { axisStep, formatMinute, formatRough, parseTime, timeTick } from '@/base/time'
import { cutText } from '@/base/ids'
import { zoneOffset } from '@/base/zone'
import { formatCount, plural } from '@/base/tokens'
import { clamp } from '@/base/values'
import { useSize } from '@/widgets/size'
import type { Mark } from '@/widgets/chart/series'

const HEIGHT = 84
const BASE = 62
const TOP = 6

interface Bar {
  start: number
  end: number
  count: number
  errors: number
}

/** Room that the name of a mark takes, about: neighbours that would cover each other stand without it. */
const MARK_NAME_PX = 76
/** About what a letter of the words in the corner takes. */
const LETTER_PX = 6.2

/** Marks within the time, each with its place and whether there is room for its name right of `taken`. */
function placed(marks: readonly Mark[], x: (ms: number) => number, width: number, taken: number): { mark: Mark; left: number; named: boolean }[] {
  let free = taken
  return marks.filter(({ atMs }) => x(atMs) >= 0 && x(atMs) <= width).map((mark) => {
    const left = x(mark.atMs)
    const named = left >= free && left + MARK_NAME_PX <= width
    if (named) free = left + MARK_NAME_PX
    return { mark, left, named }
  })
}

export function HistogramChart({ data, marks, onBrush }: { data: Histogram; marks: readonly Mark[]; onBrush: (fromMs: number, toMs: number) => void }): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const { width } = useSize(box)
  const [drag, setDrag] = useState<[number, number] | null>(null)
  const [hover, setHover] = useState<number | null>(null)
  const from = parseTime(data.from)
  const to = parseTime(data.to)
  // The first day of several may begin before the time that is shown, and days of a zone differ in length.
  const bars = useMemo<Bar[]>(() => {
    const starts = data.buckets.map((item) => parseTime(item.start_time))
    return data.buckets.map((item, i) => ({ start: Math.max(starts[i] ?? from, from), end: starts[i + 1] ?? to, count: item.count, errors: item.error_count }))
  }, [data, from, to])
  const most = Math.max(1, ...bars.map((bar) => bar.count))
  const x = (ms: number): number => ((ms - from) / Math.max(1, to - from)) * width
  const y = (count: number): number => BASE - (count / most) * (BASE - TOP)
  const at = (event: PointerEvent): number => {
    const left = box.current?.getBoundingClientRect().left ?? 0
    return clamp(event.clientX - left, 0, width)
  }
  const finish = (): void => {
    const range = drag
    setDrag(null)
    if (!range || Math.abs(range[1] - range[0]) < 4 || width === 0) return
    const touched = bars.filter((bar) => x(bar.end) > Math.min(...range) && x(bar.start) < Math.max(...range))
    const [first, last] = [touched.at(0), touched.at(-1)]
    if (first && last) onBrush(first.start, last.end)
  }
  const tick = axisStep((to - from) * 1e6, Math.max(2, width / 130)) / 1e6
  const ticks: number[] = []
  // Ticks stand where clocks of the zone show round times.
  const ahead = zoneOffset(from)
  if (tick > 0) for (let ms = Math.ceil((from + ahead) / tick) * tick - ahead; ms <= to && ticks.length < 40; ms += tick) ticks.push(ms)
  const shown = hover === null ? undefined : bars.find((bar) => x(bar.start) <= hover && hover < x(bar.end))
  const scale = `up to ${formatCount(most)} per ${formatRough(data.bucket_ns)}`
  return (
    <div className="histogram" ref={box}
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); setDrag([at(event), at(event)]) }}
      onPointerMove={(event) => { setHover(at(event)); setDrag((old) => old && [old[0], at(event)]) }}
      onPointerUp={finish} onPointerCancel={() => setDrag(null)} onPointerLeave={() => setHover(null)}>
      <svg width={width} height={HEIGHT} role="img" aria-label={`Traces over time, up to ${most} per ${formatRough(data.bucket_ns)}. Drag to choose a time.`}>
        <line x1={0} x2={width} y1={BASE + 0.5} y2={BASE + 0.5} stroke="var(--line-strong)" />
        {bars.map((bar) => {
          const left = x(bar.start)
          const w = Math.max(1, x(bar.end) - left - 1.5)
          return bar.count === 0 ? null : (
            <g key={bar.start}>
              <rect x={left} width={w} y={y(bar.count)} height={BASE - y(bar.count)} fill={bar === shown ? 'var(--text-2)' : 'var(--control)'} opacity={bar === shown ? 1 : 0.62} />
              {bar.errors > 0 && <rect x={left} width={w} y={Math.min(BASE - 2, y(bar.errors))} height={Math.max(2, BASE - y(bar.errors))} fill="var(--error-fill)" />}
            </g>
          )
        })}
        {placed(marks, x, width, scale.length * LETTER_PX + 6).map(({ mark, left, named }, index) => (
          <g key={index} className="releasemark"><line x1={left} x2={left} y1={0} y2={BASE} />{named && <text x={left + 4} y={9}>{cutText(mark.label, 14)}</text>}<title>{`${mark.label} first ran ${formatMinute(mark.atMs)}`}</title></g>
        ))}
        {ticks.map((ms) => x(ms) > 18 && x(ms) < width - 26 && <text key={ms} x={x(ms)} y={78} textAnchor="middle">{timeTick(ms, tick)}</text>)}
        {drag && <rect x={Math.min(...drag)} width={Math.abs(drag[1] - drag[0])} y={0} height={BASE} fill="var(--accent)" fillOpacity={0.12} stroke="var(--accent)" />}
      </svg>
      <span className="scale micro t3">
        {shown ? `${formatMinute(shown.start)} · ${plural(shown.count, 'trace')}${shown.errors > 0 ? `, ${formatCount(shown.errors)} with errors` : ''}` : scale}
      </span>
      <table className="hidden">
        <caption>Traces over time</caption>
        <thead><tr><th>Start</th><th>Traces</th><th>With errors</th></tr></thead>
        <tbody>{bars.filter((bar) => bar.count > 0).map((bar) => <tr key={bar.start}><td>{formatMinute(bar.start)}</td><td>{bar.count}</td><td>{bar.errors}</td></tr>)}</tbody>
      </table>
    </div>
  )
}

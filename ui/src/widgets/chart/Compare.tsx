// Drawings for two sides: a difference with its interval, and two distributions over one axis.
import { useRef, type ReactNode } from 'react'
import { formatAxis, type MetricUnit } from '@/base/measure'
import { countOf, type Histogram } from '@/base/stats'
import { useSize } from '../size'
import './chart.css'

const WIDTH = 132
const HEIGHT = 16

/** A difference as a dot and its 95% interval, on an axis with zero in the middle. `scale` is what the half of it stands for. */
export function Interval({ value, low, high, scale, mood }: { value: number; low: number; high: number; scale: number; mood: 'better' | 'worse' | 'same' | 'neutral' }): ReactNode {
  const x = (at: number): number => WIDTH / 2 + Math.max(-1, Math.min(1, at / (scale || 1))) * (WIDTH / 2 - 5)
  const colour = mood === 'better' ? 'var(--better-fill)' : mood === 'worse' ? 'var(--warn-fill)' : 'var(--control)'
  const sure = low > 0 || high < 0
  return (
    <svg className="interval" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line x1={WIDTH / 2} x2={WIDTH / 2} y1={0} y2={HEIGHT} stroke="var(--line-strong)" />
      <line x1={x(low)} x2={x(high)} y1={8} y2={8} stroke={colour} strokeWidth={1.5} />
      {[low, high].map((end, index) => <line key={index} x1={x(end)} x2={x(end)} y1={5} y2={11} stroke={colour} strokeWidth={1.5} />)}
      <circle cx={x(value)} cy={8} r={4} fill={sure ? colour : 'var(--surface)'} stroke={colour} strokeWidth={1.5} />
    </svg>
  )
}

const BINS = 40
const TALL = 92
/** Until the width is known. */
const WIDE = 260
/** About what a letter of an axis takes, and the least space between two labels. */
const LETTER = 6
const APART = 8

/** Shares of a histogram in `BINS` equal steps of a log axis. */
function densities(histogram: Histogram, from: number, to: number): number[] {
  const bins = new Array<number>(BINS).fill(0)
  const total = countOf(histogram) || 1
  const [low, high] = [Math.log(from), Math.log(to)]
  for (const [lower, upper, count] of histogram) {
    const [a, b] = [Math.log(Math.max(lower, from)), Math.log(Math.max(upper, from * 1.0001))]
    // A bucket is spread over the bins it covers, else coarse buckets would leave gaps between them.
    const first = Math.min(BINS - 1, Math.max(0, ((a - low) / (high - low)) * BINS))
    const last = Math.min(BINS, Math.max(first + 1e-6, ((b - low) / (high - low)) * BINS))
    for (let bin = Math.floor(first); bin < Math.ceil(last) && bin < BINS; bin++) {
      const part = (Math.min(last, bin + 1) - Math.max(first, bin)) / (last - first)
      bins[bin] = (bins[bin] ?? 0) + (count / total) * part
    }
  }
  return bins.map((_, at) => ((bins[at - 1] ?? bins[at] ?? 0) + 2 * (bins[at] ?? 0) + (bins[at + 1] ?? bins[at] ?? 0)) / 4)
}

interface AxisLabel { text: string; x: number; anchor: 'start' | 'middle' | 'end' }

/** Labels of both ends, and of those between them that touch no other. */
function labelsOf(ticks: readonly number[], unit: MetricUnit, wide: number): AxisLabel[] {
  const all = ticks.map((value, at): AxisLabel => ({ text: formatAxis(unit, Number(value.toPrecision(2))), x: (at / (ticks.length - 1)) * wide, anchor: at === 0 ? 'start' : at === ticks.length - 1 ? 'end' : 'middle' }))
  const span = ({ text, x, anchor }: AxisLabel): [number, number] => { const width = text.length * LETTER; const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2; return [left, left + width] }
  const kept: AxisLabel[] = []
  for (const item of [all[0], all.at(-1), ...all.slice(1, -1)]) {
    if (item === undefined) continue
    const [left, right] = span(item)
    if (kept.every((other) => { const [from, to] = span(other); return right + APART <= from || left >= to + APART })) kept.push(item)
  }
  return kept
}

/** Two distributions on a log axis: A grey and dashed, B blue and solid. Drawn as wide as its place, so that its letters keep their size. */
export function Distribution(props: { a: Histogram; b: Histogram; unit: MetricUnit; label: string }): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const { width } = useSize(box)
  return <div ref={box}><Curves {...props} wide={Math.round(width) || WIDE} /></div>
}

function Curves({ a, b, unit, label, wide }: { a: Histogram; b: Histogram; unit: MetricUnit; label: string; wide: number }): ReactNode {
  const bounds = [...a, ...b].filter(([, upper, count]) => count > 0 && upper > 0)
  if (bounds.length === 0) return <p className="t3 small">No values.</p>
  const highest = Math.max(...bounds.map(([, upper]) => upper))
  const lowest = Math.max(Math.min(...bounds.map(([lower, upper]) => (lower > 0 ? lower : upper / 2))), highest / 1e5)
  const [from, to] = lowest < highest ? [lowest, highest] : [lowest / 2, highest * 2]
  const [left, right] = [densities(a, from, to), densities(b, from, to)]
  const most = Math.max(...left, ...right, 1e-9)
  const path = (bins: readonly number[]): string => bins.map((share, at) => `${at === 0 ? 'M' : 'L'}${((at / (BINS - 1)) * wide).toFixed(1)} ${(TALL - 18 - (share / most) * (TALL - 26)).toFixed(1)}`).join('')
  const closed = (bins: readonly number[]): string => `${path(bins)}L${wide} ${TALL - 18}L0 ${TALL - 18}Z`
  const ticks = [0, 1, 2, 3].map((step) => Math.exp(Math.log(from) + ((Math.log(to) - Math.log(from)) * step) / 3))
  return (
    <svg className="distribution" viewBox={`0 0 ${wide} ${TALL}`} height={TALL} role="img" aria-label={label}>
      <line x1={0} x2={wide} y1={TALL - 17.5} y2={TALL - 17.5} stroke="var(--line-strong)" />
      <path d={closed(left)} fill="var(--a-side)" opacity={0.14} /><path d={path(left)} fill="none" stroke="var(--a-side)" strokeDasharray="3 2" strokeWidth={1.3} />
      <path d={closed(right)} fill="var(--b-side)" opacity={0.2} /><path d={path(right)} fill="none" stroke="var(--b-side)" strokeWidth={1.5} />
      {labelsOf(ticks, unit, wide).map(({ text, x, anchor }) => <text key={x} x={x} y={TALL - 4} textAnchor={anchor}>{text}</text>)}
    </svg>
  )
}

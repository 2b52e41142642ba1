// A range over time without axes: what lies between two values as a band, the middle as a line. For table cells, where
// all rows share one scale, so that they can be compared by eye.
import type { ReactNode } from 'react'
import type { Value } from './series'
import './chart.css'

const WIDTH = 260

/** Runs of places at which everything is known. */
function runs(low: readonly Value[], middle: readonly Value[], high: readonly Value[]): [from: number, to: number][] {
  const found: [number, number][] = []
  for (let at = 0; at < middle.length; at++) {
    if (low[at] == null || middle[at] == null || high[at] == null) continue
    const last = found.at(-1)
    if (last && last[1] === at - 1) last[1] = at
    else found.push([at, at])
  }
  return found
}

export function Band({ low, middle, high, most, colour = '--s1', height = 36 }: { low: readonly Value[]; middle: readonly Value[]; high: readonly Value[]; most: number; colour?: string; height?: number }): ReactNode {
  const step = WIDTH / Math.max(1, middle.length - 1)
  const y = (value: Value | undefined): string => (height - 1 - ((value ?? 0) / Math.max(most, Number.MIN_VALUE)) * (height - 3)).toFixed(1)
  const x = (at: number): string => (at * step).toFixed(1)
  return (
    <svg className="band" viewBox={`0 0 ${WIDTH} ${height}`} height={height} preserveAspectRatio="none" aria-hidden="true">
      <line x1={0} x2={WIDTH} y1={height - 0.5} y2={height - 0.5} stroke="var(--line-strong)" vectorEffect="non-scaling-stroke" />
      {runs(low, middle, high).map(([from, to]) => {
        const places = Array.from({ length: to - from + 1 }, (_, index) => from + index)
        // A moment alone has no width: it is drawn as a short piece.
        const end = from === to ? Number(x(from)) + Math.max(2, step / 3) : null
        const edge = (values: readonly Value[], list: readonly number[]): string => list.map((at) => `${x(at)} ${y(values[at])}`).join('L')
        const top = end === null ? edge(high, places) : `${x(from)} ${y(high[from])}L${end} ${y(high[from])}`
        const bottom = end === null ? edge(low, [...places].reverse()) : `${end} ${y(low[from])}L${x(from)} ${y(low[from])}`
        const line = end === null ? edge(middle, places) : `${x(from)} ${y(middle[from])}L${end} ${y(middle[from])}`
        return (
          <g key={from}>
            <path d={`M${top}L${bottom}Z`} fill={`var(${colour})`} opacity={0.2} />
            <path d={`M${line}`} fill="none" stroke={`var(${colour})`} strokeWidth={1.5} vectorEffect="non-scaling-stroke" />
          </g>
        )
      })}
    </svg>
  )
}

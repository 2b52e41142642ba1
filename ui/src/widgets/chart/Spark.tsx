// A small line without axes: its shape, the period before as a ghost, releases as dashes.
import type { ReactNode } from 'react'
import { isSparse, type Value } from './series'
import './chart.css'

const WIDTH = 220

function pathOf(values: readonly Value[], y: (value: number) => number): string {
  const step = WIDTH / Math.max(1, values.length - 1)
  let out = ''
  let pen = false
  const through = isSparse(values)
  for (const [at, value] of values.entries()) {
    if (value === null) {
      if (!through) pen = false
      continue
    }
    out += `${pen ? 'L' : 'M'}${(at * step).toFixed(1)} ${y(value).toFixed(1)}`
    // A value alone between holes would draw nothing: it is a short dash.
    if (!pen && !through && (values[at + 1] ?? null) === null) out += 'h2'
    pen = true
  }
  return out
}

export function Spark({ values, ghost = [], marks = [], colour = '--text-2', height = 44, zero = true }: {
  values: readonly Value[]
  ghost?: readonly Value[]
  /** Shares of the width. */
  marks?: readonly number[]
  colour?: string
  height?: number
  zero?: boolean
}): ReactNode {
  const known = [...values, ...ghost].filter((value) => value !== null)
  if (known.length === 0) return <svg className="spark" height={height} aria-hidden="true" />
  const high = Math.max(...known)
  const low = zero ? Math.min(0, ...known) : Math.min(...known)
  const span = high - low || 1
  const y = (value: number): number => height - 1.5 - ((value - low) / span) * (height - 5)
  const line = pathOf(values, y)
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${height}`} height={height} preserveAspectRatio="none" aria-hidden="true">
      {marks.map((mark, at) => <line key={at} x1={mark * WIDTH} x2={mark * WIDTH} y1={0} y2={height} stroke="var(--accent)" strokeDasharray="2 2" vectorEffect="non-scaling-stroke" />)}
      {ghost.length > 0 && <path d={pathOf(ghost, y)} fill="none" stroke="var(--ghost)" vectorEffect="non-scaling-stroke" />}
      {!values.includes(null) && values.length > 1 && <path d={`${line}L${WIDTH} ${height}L0 ${height}Z`} fill={`var(${colour})`} opacity={0.09} />}
      <path d={line} fill="none" stroke={`var(${colour})`} strokeWidth={1.5} strokeLinejoin="round" vectorEffect="non-scaling-stroke" />
    </svg>
  )
}

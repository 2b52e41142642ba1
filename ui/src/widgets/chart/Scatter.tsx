// Groups as dots over two measures; the size of a dot is how many calls it stands for. Each is a link. A name that has no room is shown when its dot is pointed at.
import { useRef, useState, type ReactNode } from 'react'
import { formatAxis, formatValue, niceTicks, type MetricUnit } from '@/base/measure'
import { formatCount } from '@/base/tokens'
import { useSize } from '../size'
import { placeNames } from './dotnames'
import './chart.css'

export interface Dot {
  key: string
  name: string
  x: number
  y: number
  n: number
}

const PAD = { left: 52, right: 24, top: 14, bottom: 34 }

function extent(values: readonly number[], zero: boolean): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = (high - low || Math.abs(high) || 1) * 0.12
  return [zero ? 0 : low - room, high + room]
}

const NAME_MAX = 26
/** About what a letter takes. */
const LETTER = 6

export function Scatter({ dots, xUnit, yUnit, xName, yName, onDot, height = 300 }: {
  dots: readonly Dot[]
  xUnit: MetricUnit
  yUnit: MetricUnit
  xName: string
  yName: string
  onDot: (key: string) => void
  height?: number
}): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const { width } = useSize(box)
  const [pointed, setPointed] = useState<string | null>(null)
  if (dots.length === 0) return null
  const [x0, x1] = extent(dots.map((dot) => dot.x), true)
  const [y0, y1] = extent(dots.map((dot) => dot.y), false)
  const most = Math.max(...dots.map((dot) => dot.n), 1)
  const x = (value: number): number => PAD.left + ((value - x0) / (x1 - x0)) * Math.max(1, width - PAD.left - PAD.right)
  const y = (value: number): number => height - PAD.bottom - ((value - y0) / (y1 - y0)) * (height - PAD.top - PAD.bottom)
  // The busiest choose first, and are drawn first: a smaller one is never below a larger one.
  const sorted = [...dots].sort((a, b) => b.n - a.n)
  const shapes = sorted.map((dot) => ({ r: 4 + 12 * Math.sqrt(dot.n / most), name: dot.name.length > NAME_MAX ? `${dot.name.slice(0, NAME_MAX - 1)}…` : dot.name }))
  const places = placeNames(sorted.map((dot, index) => ({ x: x(dot.x), y: y(dot.y), r: shapes[index]?.r ?? 0, width: (shapes[index]?.name.length ?? 0) * LETTER })), { left: PAD.left, top: 0, right: width, bottom: height - PAD.bottom })
  const at = sorted.findIndex((dot) => dot.key === pointed)
  const hidden = places[at]?.shown === false ? places[at] : undefined
  return (
    <div ref={box}>
      <svg className="scatter" width={width} height={height} role="group" aria-label={`${yName} against ${xName}`}>
        {niceTicks(y0, y1, 5).map((value) => <g key={value}><line x1={PAD.left} x2={width - PAD.right} y1={y(value)} y2={y(value)} stroke="var(--line)" /><text x={PAD.left - 6} y={y(value) + 3.5} textAnchor="end">{formatAxis(yUnit, value)}</text></g>)}
        {niceTicks(x0, x1, 5).map((value) => <text key={value} x={x(value)} y={height - PAD.bottom + 15} textAnchor="middle">{formatAxis(xUnit, value)}</text>)}
        <text x={width - PAD.right} y={height - 4} textAnchor="end">{xName}</text>
        {sorted.map((dot, index) => {
          const { r, name } = shapes[index] ?? { r: 0, name: '' }
          const place = places[index]
          const words = `${dot.name}: ${yName} ${formatValue(yUnit, dot.y)}, ${xName} ${formatValue(xUnit, dot.x)}, n ${formatCount(dot.n)}`
          return (
            <a key={dot.key} href="#" role="link" aria-label={words} onClick={(event) => { event.preventDefault(); onDot(dot.key) }}
              onPointerEnter={() => setPointed(dot.key)} onPointerLeave={() => setPointed(null)} onFocus={() => setPointed(dot.key)} onBlur={() => setPointed(null)}>
              <circle cx={x(dot.x)} cy={y(dot.y)} r={Math.max(r, 12)} fill="transparent" />
              <circle cx={x(dot.x)} cy={y(dot.y)} r={r} fill="var(--s1)" fillOpacity={0.28} stroke="var(--s1)" strokeWidth={1.5} />
              {place?.shown && <text className="name" x={place.x} y={place.y} textAnchor={place.anchor}>{name}</text>}
              <title>{`${dot.name}\n${yName} ${formatValue(yUnit, dot.y)}\n${xName} ${formatValue(xUnit, dot.x)}\nn ${formatCount(dot.n)}`}</title>
            </a>
          )
        })}
        {hidden && <text className="name pointed" aria-hidden="true" x={hidden.x} y={hidden.y} textAnchor={hidden.anchor}>{shapes[at]?.name}</text>}
      </svg>
      <p className="t3 small">{yName} upward, {xName.toLowerCase()} to the right; the size of a dot is its number of calls.</p>
    </div>
  )
}

// How long the pauses between reads were: a histogram on a logarithmic axis, with what counts as a stall.
import { memo, useMemo, type ReactNode } from 'react'
import { logTicks } from '@/base/measure'
import { formatDuration, formatStep } from '@/base/time'
import { formatCount } from '@/base/tokens'
import { gapBins, quantile, type Stream } from '../lib/stream'

const WIDTH = 420
const BASE = 56
const STALL_MIN_NS = 250e6
const STALL_MEDIANS = 8

export const Gaps = memo(function Gaps({ stream }: { stream: Stream }): ReactNode {
  const bins = useMemo(() => gapBins(stream), [stream])
  const first = bins[0]
  const last = bins.at(-1)
  if (!first || !last) return null
  const [low, high] = [Math.log10(first.from), Math.log10(last.to)]
  const x = (ns: number): number => ((Math.log10(ns) - low) / (high - low)) * WIDTH
  const most = Math.max(...bins.map((bin) => bin.count))
  const limit = Math.max(STALL_MIN_NS, STALL_MEDIANS * stream.median)
  const marks = [0.5, 0.95, 0.99].map((p) => [`p${p * 100}`, quantile(stream.gaps, p)] as const)
  const ticks = logTicks(first.from, last.to).filter((ns) => x(ns) > 12 && x(ns) < WIDTH - 12)
  const words = marks.map(([name, ns]) => `${name} ${formatDuration(ns)}`).join(', ')
  return (
    <section className="panel" aria-label="Time between reads">
      <header><h2>Time between reads</h2><span className="t3 small num push">{words}</span></header>
      <div className="gaps">
        <svg viewBox={`0 0 ${WIDTH} 74`} width="100%" role="img" aria-label={`${formatCount(stream.gaps.length)} gaps: ${words}`}>
          {x(limit) < WIDTH && <><rect x={x(limit)} width={WIDTH - x(limit)} y={0} height={BASE} fill="var(--warn-soft)" />{WIDTH - x(limit) > 34 && <text x={x(limit) + 5} y={11} fill="var(--warn)">stall</text>}</>}
          {bins.map((bin, index) => {
            const height = bin.count === 0 ? 0 : Math.max(2, (bin.count / most) * (BASE - 6))
            return bin.count > 0 && <rect key={index} x={(index / bins.length) * WIDTH + 0.5} width={WIDTH / bins.length - 1} y={BASE - height} height={height} fill={bin.from >= limit * 0.98 ? 'var(--warn-fill)' : 'var(--k-llm)'}><title>{`${formatDuration(bin.from)} – ${formatDuration(bin.to)}: ${formatCount(bin.count)}`}</title></rect>
          })}
          {marks.map(([name, ns], index) => ns > first.from && <g key={name}><line x1={x(ns)} x2={x(ns)} y1={index * 10} y2={BASE} stroke="var(--text-2)" strokeDasharray="2 2" /></g>)}
          <line x1={0} x2={WIDTH} y1={BASE + 0.5} y2={BASE + 0.5} stroke="var(--line-strong)" />
          {ticks.map((ns) => <text key={ns} x={x(ns)} y={70} textAnchor="middle" fill="var(--text-3)">{formatStep(ns)}</text>)}
        </svg>
      </div>
    </section>
  )
})

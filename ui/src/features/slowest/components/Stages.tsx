// Stages as two bars, the slowest above the middle, and the table behind them.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { PathLine, SlowestAnswer } from '@/api/slowest'
import { formatChange, formatRatio } from '@/base/measure'
import { formatDuration } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'
import { Wide } from '@/widgets/wide'
import { excess, stageName } from '../lib/words'

const COLOURS: Readonly<Record<string, string>> = {
  generation: '--s1', tools: '--s2', search: '--s3', embedding: '--s4', input_validation: '--s5', assembly: '--s6',
}
/** Two stages of one kind of work have its colour, the lesser one pale: as a model's waiting is in the tree. */
const PALE: Readonly<Record<string, string>> = { ttft: '--s1', rerank: '--s3', output_guardrails: '--s5' }
const colourOf = (stage: string | null): string => {
  const pale = PALE[stage ?? '']
  return pale !== undefined ? `color-mix(in oklab, var(${pale}) 48%, var(--surface))` : `var(${stage === null ? '--ghost' : (COLOURS[stage] ?? '--s6')})`
}

export function Stages({ answer, door }: { answer: SlowestAnswer; door: string }): ReactNode {
  const middle = answer.usual_read > 0
  return (
    <section className="panel" aria-label="By stage">
      <header className="chartheader"><h2>By stage</h2><span className="t3 small">share of the time of critical paths</span>
        <Link className="push link small" to="/traces" search={{ filter: door } as never}>Open {plural(answer.slowest_count, 'trace')}</Link></header>
      <div className="stagebars" aria-hidden="true">
        <span className="t2">Slowest</span><Bar lines={answer.stages} share={(line) => line.share} /><span className="num t3">{formatDuration(answer.path_ns / Math.max(1, answer.slowest_read))} each</span>
        {middle && <><span className="t2">Middle</span><Bar lines={answer.stages} share={(line) => line.usual_share} /><span className="num t3">{formatDuration(answer.median_duration_ns ?? 0)}</span></>}
      </div>
      <Wide label="By stage"><table>
        <thead><tr><th>Stage</th><th className="n">Slowest</th><th className="n">Middle</th><th className="n">Difference</th><th className="n">In traces</th><th className="n">Longest</th></tr></thead>
        <tbody>{answer.stages.map((line) => (
          <tr key={line.stage ?? ''}>
            <td className="nowrap"><span className="row"><i className="dot" style={{ background: colourOf(line.stage) }} />{line.stage === null ? <span className="t2" title="Agents and workflows themselves, and spans of no stage">{stageName(null)}</span> : stageName(line.stage)}</span></td>
            <td className="n strong">{line.share === null ? '—' : formatRatio(line.share)}</td><td className="n t2">{line.usual_share === null ? '—' : formatRatio(line.usual_share)}</td><td className="n"><Excess line={line} /></td>
            <td className="n">{formatCount(line.trace_count)}</td><td className="n"><Longest line={line} what={stageName(line.stage)} /></td>
          </tr>
        ))}</tbody>
      </table></Wide>
    </section>
  )
}

function Bar({ lines, share }: { lines: readonly PathLine[]; share: (line: PathLine) => number | null }): ReactNode {
  return <span className="stagebar">{lines.map((line) => <i key={line.stage ?? ''} style={{ width: `${(share(line) ?? 0) * 100}%`, background: colourOf(line.stage) }} />)}</span>
}

/** Points by which the slowest spend more of their time on it. */
export function Excess({ line }: { line: PathLine }): ReactNode {
  const more = excess(line)
  if (more === null) return <span className="t3">—</span>
  return <span className={more >= 0.03 ? 'warn strong' : 't2'}>{more >= 0.03 && <span aria-hidden="true">▲ </span>}{formatChange('ratio', line.share, line.usual_share)}</span>
}

export function Longest({ line, what }: { line: PathLine; what: string }): ReactNode {
  if (line.longest_trace_id === null) return <span className="t3">—</span>
  return <Link className="link" to="/traces/$traceId" params={{ traceId: line.longest_trace_id }} aria-label={`${formatDuration(line.longest_ns)} of ${what}, open that trace`}>{formatDuration(line.longest_ns)}</Link>
}

// The latency budget: each stage's longest span against its target. Targets are the project's, changed here, kept in this browser.
import { useMemo, useState, type ReactNode } from 'react'
import { useScope } from '@/api/scope'
import { STAGE_NAMES, type Stage } from '@/base/stages'
import { formatDuration } from '@/base/time'
import { formatCount, formatShare } from '@/base/tokens'
import { Icon } from '@/widgets/icons'
import type { TraceModel } from '../lib/model'
import { DEFAULT_TARGETS, keepTargets, readTargets, stageLines, type StageLine, type Targets } from '../lib/stages'

/** A bar's full width is so many times its target. */
const FULL = 2

export function Budget({ model, onSelect }: { model: TraceModel; onSelect: (row: number) => void }): ReactNode {
  const { project } = useScope()
  const [targets, setTargets] = useState<Targets>(() => readTargets(project))
  const lines = useMemo(() => stageLines(model, targets), [model, targets])
  const over = lines.filter((line) => line.over).length
  const change = (stage: Stage, ms: number | null): void => {
    const next = { ...targets }
    if (ms === null) delete next[stage]
    else next[stage] = ms * 1e6
    keepTargets(project, next)
    setTargets(next)
  }
  const changed = lines.some((line) => targets[line.stage] !== DEFAULT_TARGETS[line.stage])
  return (
    <div className="budget" tabIndex={0} role="group" aria-label="Latency budget">
      <p className="row budgethead">{over === 0 ? <b>Every stage is within its target</b> : <b className="warn row"><Icon name="warning" size={14} />{over === 1 ? 'One stage is' : `${over} stages are`} over target</b>}
        <span className="t3 small">the longest span of a stage against its target; a stage comes with the span, or from its kind and name</span>
        {changed && <button type="button" className="btn tiny push" onClick={() => { keepTargets(project, DEFAULT_TARGETS); setTargets({ ...DEFAULT_TARGETS }) }}>Default targets</button>}</p>
      <table>
        <thead><tr><th>Stage</th><th className="n">Spans</th><th className="n">Longest</th><th>Against target</th><th className="n">Target, ms</th><th className="n" title="Time in which at least one of them ran">Busy</th><th className="n">% of trace</th></tr></thead>
        <tbody>{lines.map((line) => <Line key={line.stage} line={line} model={model} onSelect={onSelect} onTarget={(ms) => change(line.stage, ms)} />)}</tbody>
      </table>
    </div>
  )
}

function Line({ line, model, onSelect, onTarget }: { line: StageLine; model: TraceModel; onSelect: (row: number) => void; onTarget: (ms: number | null) => void }): ReactNode {
  const share = line.target === null ? null : line.longest / line.target
  return (
    <tr className={line.over ? 'over' : ''} data-stage={line.stage}>
      <td>{line.over && <span className="warn"><Icon name="warning" size={12} /></span>} {STAGE_NAMES[line.stage]}</td>
      <td className="n">{line.stage === 'total' ? '' : formatCount(line.count)}</td>
      <td className="n">{line.row < 0 ? formatDuration(line.longest) : <button type="button" className="link" onClick={() => onSelect(line.row)} title={model.names[line.row]}>{formatDuration(line.longest)}</button>}</td>
      <td className="against">{share !== null && (
        <span className="row"><span className="budgetbar" aria-hidden="true"><i className={line.over ? 'bad' : ''} style={{ width: `${Math.min(1, share / FULL) * 100}%` }} /><i className="goal" style={{ left: `${100 / FULL}%` }} /></span>
          <span className={line.over ? 'num warn strong' : 'num t2'}>{share >= 10 ? `${Math.round(share)}×` : `${Math.round(share * 100)}%`}</span></span>)}</td>
      <td className="n"><input className="plain target" inputMode="numeric" defaultValue={line.target === null ? '' : String(Math.round(line.target / 1e6))} key={line.target} aria-label={`Target of ${STAGE_NAMES[line.stage]} in milliseconds`} placeholder="none"
        onBlur={(event) => {
          const text = event.target.value.trim()
          const ms = Number(text)
          if (text === '') { if (line.target !== null) onTarget(null) } else if (Number.isFinite(ms) && ms > 0) { if (ms * 1e6 !== line.target) onTarget(ms) } else event.target.value = line.target === null ? '' : String(Math.round(line.target / 1e6))
        }}
        onKeyDown={(event) => { if (event.key === 'Enter') event.currentTarget.blur() }} /></td>
      <td className="n">{formatDuration(line.busy)}</td>
      <td className="n">{formatShare(line.busy, model.span)}</td>
    </tr>
  )
}

// Two columns of steps, aligned: a pair on one line, a step without its like beside an empty place. Long equal runs are folded.
import { useVirtualizer } from '@tanstack/react-virtual'
import { Link } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import type { DiffPair, DiffStep } from '@/api/threads'
import { shortId } from '@/base/ids'
import { formatUsd } from '@/base/money'
import { formatDuration } from '@/base/time'
import { plural } from '@/base/tokens'
import { Icon, KindIcon } from '@/widgets/icons'
import { foldRows, pairWords, stepLine, stepName } from '../lib/steps'

const ROW = 44

interface Props {
  a: string
  b: string
  steps: readonly DiffPair[]
  parted: number | null
  selected: number
  onSelect: (index: number) => void
}

export function StepPairs({ a, b, steps, parted, selected, onSelect }: Props): ReactNode {
  const scroller = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const rows = useMemo(() => foldRows(steps, opened), [steps, opened])
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 10 })
  useEffect(() => {
    const at = rows.findIndex((row) => (row.type === 'pair' ? row.index === selected : selected >= row.from && selected < row.to))
    const row = rows[at]
    // Moving into a folded run opens it.
    if (row?.type === 'fold') setOpened(new Set(opened).add(row.from))
    else if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' })
  }, [selected, rows, opened, virtual])
  return (
    <div className="pairs" ref={scroller}>
      <div className="pairhead"><Side letter="A" traceId={a} /><span /><Side letter="B" traceId={b} /></div>
      <div role="grid" aria-label="Steps of both traces" aria-rowcount={steps.length} tabIndex={0} aria-activedescendant={`pair-${selected}`} className="pairgrid" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]
          if (row === undefined) return null
          const place = { transform: `translateY(${item.start}px)`, height: ROW }
          if (row.type === 'fold') {
            return (
              <div key={`f${row.from}`} className="pairplace" style={place} role="row"><span role="gridcell" className="foldcell">
                <button type="button" className="samefold" onClick={() => setOpened(new Set(opened).add(row.from))}>{plural(row.to - row.from, 'step')} the same</button></span></div>
            )
          }
          const pair = steps[row.index]
          return pair && (
            <div key={row.index} className={`pairplace pair ${pair.same}${row.index === parted ? ' parted' : ''}`} style={place} role="row" id={`pair-${row.index}`} aria-rowindex={row.index + 1}
              aria-selected={row.index === selected} data-pair={row.index} onClick={() => onSelect(row.index)}>
              <StepCell step={pair.a} />
              <span role="gridcell" className="what small" title={pairWords(pair)}>{pair.same === 'same' ? <span className="t3">=</span> : <b className={row.index === parted ? 'warn' : 't2'}>{row.index === parted && <Icon name="warning" size={12} />}{pairWords(pair)}</b>}</span>
              <StepCell step={pair.b} />
            </div>
          )
        })}
      </div>
    </div>
  )
}

function Side({ letter, traceId }: { letter: 'A' | 'B'; traceId: string }): ReactNode {
  return (
    <span className="row"><b className={letter === 'A' ? 'letter sidea' : 'letter sideb'}>{letter}</b>
      <Link to="/traces/$traceId" params={{ traceId }} className="link mono">{shortId(traceId, 8)}</Link></span>
  )
}

function StepCell({ step }: { step: DiffStep | null }): ReactNode {
  if (step === null) return <span role="gridcell" className="stepcell nothing"><span className="hidden">nothing</span></span>
  const failed = step.status === 'error'
  return (
    <span role="gridcell" className="stepcell">
      <KindIcon kind={step.kind} size={18} />
      <span className="steptext">
        <span className="row"><b className={failed ? 'clip err' : 'clip'}>{stepName(step)}</b>{failed && <span className="err"><Icon name="error" size={12} /></span>}
          {step.attempt > 1 && <span className="badge">#{step.attempt}</span>}
          <span className="t3 push nowrap num small">{formatDuration(step.duration_ns)}{step.cost_usd !== null && ` · ${formatUsd(step.cost_usd)}`}</span></span>
        <span className="clip t2 small" dir="auto">{stepLine(step)}</span>
      </span>
    </span>
  )
}

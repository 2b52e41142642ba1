// The table behind the strip: one row for each read. Virtual, since a long answer has thousands.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type ReactNode } from 'react'
import { formatDuration } from '@/base/time'
import { formatBytes } from '@/base/tokens'
import { around, type Answer } from '../lib/answer'
import { gapBefore, type Stream } from '../lib/stream'
import { deltaNames } from './TimelineStrip'

const ROW = 24
const NEAR = 15

export function Deltas({ stream, answer, cursor, onCursor }: { stream: Stream; answer: Answer; cursor: number; onCursor: (read: number) => void }): ReactNode {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({ count: stream.reads, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 10 })
  const before = useRef(-1)
  useEffect(() => {
    // A step moves the table as little as it can; a jump is shown with what stands around it.
    if (cursor >= 0) virtual.scrollToIndex(cursor, { align: Math.abs(cursor - before.current) > NEAR ? 'center' : 'auto' })
    before.current = cursor
  }, [cursor, virtual])
  if (stream.reads === 0) return <p className="t2 calltext">When each delta came was not recorded for this call.</p>
  const ends = new Set(stream.stalls.map((stall) => stall.to))
  return (
    <div className="deltas" ref={scroller} tabIndex={0} role="table" aria-label="Deltas" aria-rowcount={stream.reads + 1} aria-colcount={5}>
      <div className="dl head" role="row" aria-rowindex={1}>
        <span role="columnheader" className="n">Delta</span><span role="columnheader" className="n">At</span><span role="columnheader" className="n">Gap</span>
        <span role="columnheader" className="n">Bytes</span><span role="columnheader">Text</span>
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const gap = gapBefore(stream, index)
          const words = around(answer, stream, index, 0)
          return (
            <div key={index} className={index === cursor ? 'dl on' : 'dl'} role="row" aria-rowindex={index + 2} {...(index === cursor ? { 'aria-current': true } : {})}
              style={{ transform: `translateY(${start}px)` }} onClick={() => { before.current = index; onCursor(index) }}>
              <span role="cell" className="n">{deltaNames(stream, index)}</span>
              <span role="cell" className="n">{formatDuration(stream.at[index])}</span>
              <span role="cell" className={ends.has(stream.at[index] ?? -1) ? 'n warn strong' : 'n t2'}>{Number.isNaN(gap) ? '' : `+${formatDuration(gap)}`}</span>
              <span role="cell" className="n t2">{stream.sized ? formatBytes((stream.before[index + 1] ?? 0) - (stream.before[index] ?? 0)) : '—'}</span>
              <span role="cell" className="mono clip" dir="auto">{words === null ? <span className="t3">—</span> : words.text}</span>
            </div>
          )
        })}
      </div>
    </div>
  )
}

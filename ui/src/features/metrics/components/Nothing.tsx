// What the explorer says when nothing of what is asked for lies in the time, and what to do then.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useScope } from '@/api/scope'
import { describeRange } from '@/base/range'
import { Empty } from '@/widgets/states'

export function Nothing({ noun, onClear }: { noun: string; onClear: (() => void) | null }): ReactNode {
  const { project, range, setRange } = useScope()
  return (
    <Empty title={onClear ? `No ${noun} in this time that match` : `No ${noun} in this time`}>
      <p>{describeRange(range, Date.now())}, project {project}.</p>
      <div className="row wrap">
        {onClear && <button type="button" className="btn primary" onClick={onClear}>Clear the filter</button>}
        {range.range !== 'all' && <button type="button" className="btn" onClick={() => setRange({ range: 'all' })}>Look at all time</button>}
        <Link to="/connect" className="btn">Connect an application</Link>
      </div>
    </Empty>
  )
}

// Cost and latency of every turn as two rows of bars: where a conversation became slow or dear is seen at once. The table
// behind it is the thread itself.
import type { ReactNode } from 'react'
import type { Turn } from '@/api/threads'
import { nanoUsd, formatNanoUsd } from '@/base/money'
import { formatDuration } from '@/base/time'
import { formatCount } from '@/base/tokens'
import { whyBad } from '../lib/words'

const HEIGHT = 26

interface Props {
  turns: readonly Turn[]
  /** Of the whole session: turns that are not read yet keep their place. */
  total: number
  selected: number
  onSelect: (index: number) => void
}

export function Rhythm({ turns, total, selected, onSelect }: Props): ReactNode {
  const slowest = Math.max(1, ...turns.map((turn) => turn.duration_ns ?? 0))
  const dearest = Math.max(1, ...turns.map((turn) => nanoUsd(turn.cost_usd) ?? 0))
  const count = Math.max(total, turns.length, 1)
  return (
    <div className="rhythm" aria-label="Turns" role="group">
      <div className="rhythmnames small t3"><span>Took, up to {formatDuration(slowest)}</span><span>Cost, up to {formatNanoUsd(dearest)}</span></div>
      <div className="rhythmbars" style={{ gridTemplateColumns: `repeat(${count}, minmax(1px, 40px))` }}>
        {turns.map((turn, index) => {
          const cost = nanoUsd(turn.cost_usd)
          const words = `Turn ${index + 1}: ${turn.duration_ns === null ? 'of unknown length' : formatDuration(turn.duration_ns)}, ${cost === null ? 'no known cost' : formatNanoUsd(cost)}${turn.is_bad ? `, ${whyBad(turn.why_bad)}` : ''}`
          return (
            <button key={turn.trace_id} type="button" tabIndex={-1} className={`beat${index === selected ? ' on' : ''}${turn.is_bad ? ' isbad' : ''}`} title={words} aria-label={words} onClick={() => onSelect(index)}>
              <i className="took" style={{ height: turn.duration_ns === null ? 0 : Math.max(1, (turn.duration_ns / slowest) * HEIGHT) }} />
              <i className={cost === null ? 'cost none' : 'cost'} style={{ height: cost === null ? 2 : Math.max(1, (cost / dearest) * HEIGHT) }} />
              {turn.is_bad && <i className="flag" />}
            </button>
          )
        })}
      </div>
      {turns.length < total && <span className="small t3 nowrap">{formatCount(turns.length)} of {formatCount(total)} read</span>}
    </div>
  )
}

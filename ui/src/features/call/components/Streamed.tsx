// The answer as it was seen coming: pauses stand where they were.
import { useMemo, useState, type ReactNode } from 'react'
import { formatDuration } from '@/base/time'
import { formatBytes } from '@/base/tokens'
import { Icon } from '@/widgets/icons'
import { withoutBase64 } from '@/widgets/prose'
import { segments, type Answer } from '../lib/answer'
import { quantile, type Stream } from '../lib/stream'
import { estimateNote } from './TimelineStrip'

const SHOWN_CHARS = 20_000
/** Marking every pause would mark nothing: the slowest in twenty, and none that nobody can see. */
const SLOW_QUANTILE = 0.95
const SLOW_MIN_NS = 30e6

export function Streamed({ stream, answer, cursor, onCursor }: { stream: Stream; answer: Answer; cursor: number; onCursor: (read: number) => void }): ReactNode {
  const [all, setAll] = useState(false)
  const slow = Math.max(SLOW_MIN_NS, quantile(stream.gaps, SLOW_QUANTILE) || 0)
  const pieces = useMemo(() => segments(answer, stream, slow), [answer, stream, slow])
  if (answer.fit === 'none') return <p className="t2 calltext">{answer.why}</p>
  const shown: ReactNode[] = []
  let chars = 0
  let cut = false
  for (const [index, piece] of pieces.entries()) {
    if (!all && chars > SHOWN_CHARS) {
      cut = true
      break
    }
    const text = withoutBase64(all ? piece.text : piece.text.slice(0, SHOWN_CHARS + 1 - chars))
    cut ||= text.length < piece.text.length && !all
    chars += piece.text.length
    if (piece.stall) shown.push(<button key={`s${index}`} type="button" className="stallchip" onClick={() => onCursor(piece.read)}><Icon name="pause" size={10} weight={2} /> {formatDuration(piece.gap)}<span className="hidden"> stall</span></button>)
    if (piece.read < 0) shown.push(text)
    else shown.push(<span key={index} className={`${piece.stall ? '' : 'slow'}${piece.read === cursor ? ' on' : ''}`} title={`${formatDuration(piece.gap)} before this`} onClick={() => onCursor(piece.read)}>{text}</span>)
  }
  return (
    <div className="streamed">
      <p className="t3 small">Underlined: came after more than {formatDuration(slow)}, the slowest 5%.{answer.fit !== 'exact' && ` ≈ ${estimateNote(answer) ?? ''}`}</p>
      <p className="plain" dir="auto">{shown}</p>
      {cut && <button type="button" className="btn tiny" onClick={() => setAll(true)}>Show all {formatBytes(answer.bytes.length)}</button>}
    </div>
  )
}

// Two texts in one: what is gone is struck through, what is new is underlined, what is the same is folded. Plain text only:
// what models wrote is never read as markup here.
import { useEffect, useState, type ReactNode } from 'react'
import { formatCount } from '@/base/tokens'
import { withoutBase64 } from '@/widgets/prose'
import { compareTexts, foldSame, isAnother, joinChanges, type Run } from '../lib/text'
import '../compare.css'

interface Props {
  a: string
  b: string
  /** Only the side of one text: for two columns. */
  side?: 'a' | 'b'
}

export function TextDiff({ a, b, side }: Props): ReactNode {
  const [runs, setRuns] = useState<readonly Run[] | null>(null)
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set())
  useEffect(() => {
    let left = false
    setRuns(null)
    setOpen(new Set())
    void compareTexts(withoutBase64(a), withoutBase64(b)).then((found) => { if (!left) setRuns(found) })
    return () => { left = true }
  }, [a, b])
  if (runs === null) return <p className="t3 small textdiff">Comparing</p>
  // Words that are mixed at random say nothing: two texts with little in common stand one after the other.
  if (isAnother(runs)) return side === undefined ? <div className="twotexts"><Whole text={withoutBase64(a)} letter="A" /><Whole text={withoutBase64(b)} letter="B" /></div> : <div className="textdiff plain t2" dir="auto">{withoutBase64(side === 'a' ? a : b)}</div>
  const shown = foldSame(joinChanges(runs)).filter((run) => side === undefined || run.side === 'both' || run.side === 'folded' || run.side === side)
  if (shown.length === 0) return <p className="t3 small textdiff">No text</p>
  return (
    <div className="textdiff plain" dir="auto">
      {shown.map((run, index) => {
        if (run.side === 'folded' && !open.has(index)) {
          return <button key={index} type="button" className="samefold" onClick={() => setOpen(new Set(open).add(index))}>{formatCount(run.chars)} characters the same</button>
        }
        if (run.side === 'a') return <del key={index}>{run.text}</del>
        if (run.side === 'b') return <ins key={index}>{run.text}</ins>
        return <span key={index} className="t2">{run.text}</span>
      })}
    </div>
  )
}

function Whole({ text, letter }: { text: string; letter: 'A' | 'B' }): ReactNode {
  return (
    <section aria-label={`Text of ${letter}`} tabIndex={0}>
      <b className={letter === 'A' ? 'letter sidea' : 'letter sideb'} aria-hidden="true">{letter}</b>
      <div className="textdiff plain" dir="auto">{text}</div>
    </section>
  )
}

// Two texts compared: runs that both have, runs that only one has. The comparing package is read when first needed.
import { whenThere } from '@/api/reach'

export interface Run {
  text: string
  /** Which of the two has it. */
  side: 'both' | 'a' | 'b'
}

/** Longer texts are compared line by line: words of a book take a minute. */
const WORDS_MAX_CHARS = 40_000
/** Work on texts with little in common grows with the square of what differs: so long, and their words are left alone. */
const TIMEOUT_MS = 400

export async function compareTexts(a: string, b: string): Promise<Run[]> {
  if (a === b) return a === '' ? [] : [{ text: a, side: 'both' }]
  const { diffLines, diffWordsWithSpace } = await whenThere(() => import('diff'))
  const bounded = { timeout: TIMEOUT_MS }
  const words = a.length + b.length > WORDS_MAX_CHARS ? undefined : diffWordsWithSpace(a, b, bounded)
  const parts = words ?? diffLines(a, b, bounded)
  if (parts === undefined) return [{ text: a, side: 'a' }, { text: b, side: 'b' }]
  return parts.map((part) => ({ text: part.value, side: part.added ? 'b' : part.removed ? 'a' : 'both' }))
}

/** What is said of two texts in one line: how much of them is the same. */
export function sameShare(runs: readonly Run[]): number {
  let both = 0
  let all = 0
  for (const run of runs) {
    const weight = run.text.length * (run.side === 'both' ? 2 : 1)
    all += weight
    if (run.side === 'both') both += weight
  }
  return all === 0 ? 1 : both / all
}

/** Below, two texts are another, not a changed one. */
const SAME_SHARE_MIN = 0.4
/** Short ones are read at a glance, however mixed. */
const MIXED_CHARS_MAX = 160

/** Both are there, and have too little in common to be read as one text with changes. */
export function isAnother(runs: readonly Run[]): boolean {
  const mixed = runs.reduce((chars, run) => chars + run.text.length, 0)
  return mixed > MIXED_CHARS_MAX && runs.some((run) => run.side === 'a') && runs.some((run) => run.side === 'b') && sameShare(runs) < SAME_SHARE_MIN
}

/** Between two changes a space, or a mark, is no common ground: words replaced one by one are read as one change. */
export function joinChanges(runs: readonly Run[]): Run[] {
  const joined: Run[] = []
  let [a, b] = ['', '']
  const flush = (): void => {
    if (a !== '') joined.push({ text: a, side: 'a' })
    if (b !== '') joined.push({ text: b, side: 'b' })
    a = b = ''
  }
  runs.forEach((run, index) => {
    if (run.side === 'a') a += run.text
    else if (run.side === 'b') b += run.text
    else if (a !== '' && b !== '' && index < runs.length - 1 && /^[\s.,;:]{1,3}$/.test(run.text) && !run.text.includes('\n')) {
      a += run.text
      b += run.text
    } else {
      flush()
      joined.push(run)
    }
  })
  flush()
  return joined
}

export type Shown = Run | { side: 'folded'; chars: number; text: string }

/** Long runs that both have are folded down to what stands beside a difference. */
export function foldSame(runs: readonly Run[], keep = 240): Shown[] {
  return runs.flatMap((run, index): Shown[] => {
    if (run.side !== 'both' || run.text.length <= keep * 3) return [run]
    const head = index === 0 ? '' : run.text.slice(0, keep)
    const tail = index === runs.length - 1 ? '' : run.text.slice(-keep)
    const middle = run.text.slice(head.length, run.text.length - tail.length)
    return [
      ...(head === '' ? [] : [{ text: head, side: 'both' as const }]),
      { side: 'folded', chars: middle.length, text: middle },
      ...(tail === '' ? [] : [{ text: tail, side: 'both' as const }]),
    ]
  })
}

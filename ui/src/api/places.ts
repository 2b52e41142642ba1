// Places for questions. A browser keeps six connections to a server over HTTP/1.1: were all of them waiting for slow answers, no file of
// the pages (a font, the code of the page one goes to) would come before the first of them.
export const QUESTIONS_AT_ONCE = 5

let free = QUESTIONS_AT_ONCE
const waiting: { take: () => void; leave: (reason: unknown) => void }[] = []

/** Waits for a place; the answer gives it back. Rejects with the signal's reason when the asker leaves before. */
export async function takePlace(signal: AbortSignal | undefined): Promise<() => void> {
  signal?.throwIfAborted()
  if (free > 0) free--
  else {
    await new Promise<void>((resolve, reject) => {
      const turn = { take: resolve, leave: reject }
      waiting.push(turn)
      signal?.addEventListener('abort', () => {
        const at = waiting.indexOf(turn)
        if (at < 0) return
        waiting.splice(at, 1)
        turn.leave(signal.reason)
      }, { once: true })
    })
  }
  let given = false
  return () => {
    if (given) return
    given = true
    const next = waiting.shift()
    if (next) next.take()
    else free++
  }
}

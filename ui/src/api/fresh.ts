// Whether a list that was read is still all there is.
import { useRef } from 'react'

/** True when spans have arrived since the list was read. */
export function useNewSpans(lastSpan: string | null, readAt: number): boolean {
  const seen = useRef<{ readAt: number; lastSpan: string | null }>({ readAt: 0, lastSpan: null })
  if (seen.current.readAt !== readAt) seen.current = { readAt, lastSpan }
  if (seen.current.lastSpan === null) seen.current.lastSpan = lastSpan
  return lastSpan !== null && seen.current.lastSpan !== lastSpan
}

// The hint line: a page says which keys it has and what its state is; the shell draws them.
import { createContext, useContext, useEffect, type ReactNode } from 'react'

export type Hint = readonly [keys: string, what: string]
export interface PageFace {
  title: string
  crumb?: ReactNode
  hints: readonly Hint[]
  status?: ReactNode
  /** The page is short of width: the rail shows icons alone. */
  narrow?: boolean
  /** The page has a time range, so the bar shows its picker. */
  ranged?: boolean
}

export const FaceContext = createContext<(face: PageFace) => void>(() => undefined)

/** Tells the shell about the page; null leaves that to a part of the page. `key` must change whenever the face does. */
export function useFace(face: PageFace | null, key: string): void {
  const set = useContext(FaceContext)
  useEffect(() => {
    if (!face) return
    set(face)
    document.title = `${face.title} · Vitrine`
    // The face holds fresh elements on each render; `key` is what says that it changed.
  }, [set, key])
}

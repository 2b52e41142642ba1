// What every question on a page shares: the project and the time range, both from the URL. A relative range is
// resolved once per refresh, so that all parts of a page ask about the same moment.
import { createContext, useContext } from 'react'
import type { RangeSearch } from '@/base/range'

export const DEFAULT_PROJECT = 'default'

export interface Scope {
  project: string
  range: RangeSearch
  bounds: { from?: string; to?: string }
  /** Asks again, with a relative range ending now. */
  refresh: () => void
  setRange: (range: RangeSearch) => void
}

export const ScopeContext = createContext<Scope>({
  project: DEFAULT_PROJECT, range: {}, bounds: {}, refresh: () => undefined, setRange: () => undefined,
})

export const useScope = (): Scope => useContext(ScopeContext)

// The filter of a page lives in its address; this reads it and changes it. Each change is a step one can go back from.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { OLD_PARAMETERS, hasTerm, toggleTerm } from '@/base/filter'

export interface FilterHandle {
  filter: string
  setFilter: (filter: string) => void
  has: (field: string, value: string) => boolean
  toggle: (field: string, value: string) => void
}

/** `cleared` are further parameters that make no sense once the filter is another one. */
export function useFilter(cleared = ''): FilterHandle {
  const { filter = '' } = useSearch({ strict: false }) as { filter?: string }
  const navigate = useNavigate()
  const setFilter = useCallback(
    (next: string) => {
      const away = Object.fromEntries([...OLD_PARAMETERS, ...cleared.split(' ')].map((name) => [name, undefined]))
      void navigate({ to: '.', search: (old) => ({ ...old, ...away, filter: next === '' ? undefined : next }) as never })
    },
    [navigate, cleared],
  )
  const toggle = useCallback((field: string, value: string) => setFilter(toggleTerm(filter, field, value)), [filter, setFilter])
  const has = useCallback((field: string, value: string) => hasTerm(filter, field, value), [filter])
  return { filter, setFilter, has, toggle }
}

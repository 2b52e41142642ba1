// The filter lives in the URL; this reads it and changes it. Each change is a step one can go back from.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { FILTER_FIELDS, filterFromSearch, formatFilter, parseFilter, type Filter, type FilterField } from '../lib/filter'

const CLEAR: Readonly<Record<FilterField | 'q' | 'peek', undefined>> = {
  status: undefined, model: undefined, service: undefined, user: undefined, session: undefined,
  environment: undefined, release: undefined, kind: undefined, q: undefined, peek: undefined,
}

export interface FilterHandle {
  filter: Filter
  setFilter: (filter: Filter) => void
  toggle: (field: FilterField, value: string) => void
}

export function useFilter(): FilterHandle {
  const search = useSearch({ strict: false })
  const navigate = useNavigate()
  // The text form is the identity of a filter: equal filters keep one object, and queries their key.
  const key = formatFilter(filterFromSearch(search))
  const filter = useMemo(() => parseFilter(key).filter, [key])
  const setFilter = useCallback(
    (next: Filter) => void navigate({ to: '/traces', search: (old) => ({ ...old, ...CLEAR, ...next }) as never }),
    [navigate],
  )
  const toggle = useCallback(
    (field: FilterField, value: string) => {
      const next = { ...filter }
      if (next[field] === value) delete next[field]
      else next[field] = value
      setFilter(next)
    },
    [filter, setFilter],
  )
  return { filter, setFilter, toggle }
}

export { FILTER_FIELDS }

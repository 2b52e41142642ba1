// The filter of a list lives in the URL; this reads it and changes it. Each change is a step one can go back from.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import type { FilterLanguage, FilterOf } from '@/base/filter'

export interface FilterHandle<Field extends string> {
  filter: FilterOf<Field>
  setFilter: (filter: FilterOf<Field>) => void
  toggle: (field: Field, value: string) => void
}

/** `cleared` are further URL parameters that make no sense once the filter is another one. */
export function useFilter<Field extends string>(language: FilterLanguage<Field>, cleared: readonly string[] = []): FilterHandle<Field> {
  const search = useSearch({ strict: false })
  const navigate = useNavigate()
  // The text form is the identity of a filter: equal filters keep one object, and queries their key.
  const key = language.format(language.fromSearch(search))
  const filter = useMemo(() => language.parse(key).filter, [language, key])
  const also = cleared.join(' ')
  const setFilter = useCallback(
    (next: FilterOf<Field>) => {
      const away = Object.fromEntries(also.split(' ').map((name) => [name, undefined]))
      void navigate({ to: '.', search: (old) => ({ ...old, ...language.cleared, ...away, ...next }) as never })
    },
    [navigate, language, also],
  )
  const toggle = useCallback(
    (field: Field, value: string) => {
      const next = { ...filter }
      if (next[field] === value) delete next[field]
      else next[field] = value as FilterOf<Field>[Field]
      setFilter(next)
    },
    [filter, setFilter],
  )
  return { filter, setFilter, toggle }
}

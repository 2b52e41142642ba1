// The reader that a filter box asks: the server, through the cache. A page asks it whether the filter of its address can be read at all.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { filterQuery, type FilterReading, type FilterUnit } from './filter'
import { useScope } from './scope'

export function useReadFilter(unit: FilterUnit): (text: string, at?: number) => Promise<FilterReading> {
  const { project } = useScope()
  const client = useQueryClient()
  return useCallback((text: string, at?: number) => client.fetchQuery(filterQuery(project, unit, text, at)), [client, project, unit])
}

export type FilterVerdict = 'reading' | 'right' | 'wrong'

/** What the box says of a filter, for the page below it: what is wrong stands at the box, and is not to be said again by each part that cannot be asked. A reader
 * that cannot be reached is no verdict: the parts themselves say so. The verdict before holds until the next one is known. */
export function useFilterVerdict(unit: FilterUnit, filter: string): FilterVerdict {
  const { project } = useScope()
  const { data, isError } = useQuery({ ...filterQuery(project, unit, filter), enabled: filter !== '' })
  const known: FilterVerdict = filter === '' || isError ? 'right' : data === undefined ? 'reading' : data.error === null ? 'right' : 'wrong'
  const [last, setLast] = useState(known)
  if (known !== 'reading' && known !== last) setLast(known)
  return known === 'reading' ? last : known
}

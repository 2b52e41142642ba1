// The reader that a filter box asks: the server, through the cache.
import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { filterQuery, type FilterReading, type FilterUnit } from './filter'
import { useScope } from './scope'

export function useReadFilter(unit: FilterUnit): (text: string, at?: number) => Promise<FilterReading> {
  const { project } = useScope()
  const client = useQueryClient()
  return useCallback((text: string, at?: number) => client.fetchQuery(filterQuery(project, unit, text, at)), [client, project, unit])
}

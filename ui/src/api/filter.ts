// The filter language: what the server says about a text, and the parameters that old links still have.
import { queryOptions } from '@tanstack/react-query'
import { filterFromSearch } from '@/base/filter'
import { request } from './client'

export type FilterUnit = 'traces' | 'calls' | 'spans'

/** What is wrong with a text: bytes of it, a sentence, and what could stand there instead. */
export interface FilterError {
  from: number
  to: number
  message: string
  suggestion: string | null
}

export interface Completion {
  text: string
  label: string
  detail: string | null
  kind: 'field' | 'operator' | 'value' | 'keyword'
  from: number
  to: number
}

export interface FilterReading {
  canonical: string | null
  error: FilterError | null
  completions: Completion[]
  elapsed_ms: number
}

/** Reads a text. With `at`, a byte of it, the answer says what could be typed there. */
export const filterQuery = (project: string, unit: FilterUnit, text: string, at?: number) =>
  queryOptions({
    queryKey: ['filter', project, unit, text, at ?? null],
    queryFn: ({ signal }) => request<FilterReading>('/api/v1/filter', { project, signal, params: { text, unit, at } }),
    staleTime: 20_000,
    retry: false,
  })

export interface FilterSearch {
  filter?: string
}

/** The part of an address that is its filter. Old parameters become part of the text, so that links of before still work. */
export function filterSearch(search: Readonly<Record<string, unknown>>): FilterSearch {
  const filter = filterFromSearch(search)
  return filter === '' ? {} : { filter }
}

/** What belongs to the filter as parameters of a list's request. */
export const filterParams = (filter: string): { filter?: string } => (filter === '' ? {} : { filter })

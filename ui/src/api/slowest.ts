// Where the slowest traces spend their time, by stage and by span name.
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { request, type Params } from './client'

export interface PathLine {
  /** Null: of no stage. */
  stage: string | null
  time_ns: number
  share: number | null
  usual_share: number | null
  trace_count: number
  usual_trace_count: number
  longest_trace_id: string | null
  longest_ns: number
}

export interface NamedLine extends PathLine {
  name: string
  kind: string
}

export interface SlowestAnswer {
  trace_count: number
  slowest_count: number
  slowest_read: number
  usual_read: number
  least_duration_ns: number | null
  median_duration_ns: number | null
  path_ns: number
  stages: PathLine[]
  names: NamedLine[]
  name_count: number
  traces: string[]
  elapsed_ms: number
}

export const slowestQuery = (project: string, filter: Params, perMille: number) =>
  queryOptions({
    queryKey: ['slowest', project, filter, perMille],
    queryFn: ({ signal }) => request<SlowestAnswer>('/api/v1/traces/slowest', { project, signal, params: { ...filter, per_mille: perMille } }),
    placeholderData: keepPreviousData,
  })

// One function per endpoint, as TanStack Query options. Keys hold everything the answer depends on.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { zoneName } from '@/base/zone'
import { apiUrl, asProblem, request, type Params } from './client'
import type {
  CallRow, CallsPage, DoctorReport, Exchange, Facets, Histogram, IngestState, Project, SpanDetail, SqlAnswer, TraceAnswer, TracesPage,
} from './types'

const PAGE_SIZE = 100

export const tracesQuery = (project: string, filter: Params) =>
  infiniteQueryOptions({
    queryKey: ['traces', project, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      request<TracesPage>('/api/v1/traces', { project, signal, params: { ...filter, limit: PAGE_SIZE, cursor: pageParam } }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  })

export const histogramQuery = (project: string, filter: Params, buckets: number) =>
  queryOptions({
    queryKey: ['histogram', project, filter, buckets, zoneName()],
    queryFn: ({ signal }) => request<Histogram>('/api/v1/traces/histogram', { project, signal, params: { ...filter, buckets, time_zone: zoneName() } }),
    placeholderData: keepPreviousData,
  })

export const facetsQuery = (project: string, filter: Params) =>
  queryOptions({
    queryKey: ['facets', project, filter],
    queryFn: ({ signal }) => request<Facets>('/api/v1/facets', { project, signal, params: filter }),
    placeholderData: keepPreviousData,
  })

export const traceQuery = (project: string, traceId: string) =>
  queryOptions({
    queryKey: ['trace', project, traceId],
    queryFn: ({ signal }) => request<TraceAnswer>(`/api/v1/traces/${encodeURIComponent(traceId)}`, { project, signal }),
    staleTime: 30_000,
    gcTime: 60_000,
    structuralSharing: false,
  })

export const spanQuery = (project: string, traceId: string, spanId: string) =>
  queryOptions({
    queryKey: ['span', project, traceId, spanId],
    queryFn: ({ signal }) =>
      request<SpanDetail>(`/api/v1/spans/${encodeURIComponent(traceId)}/${encodeURIComponent(spanId)}`, { project, signal }),
    staleTime: 60_000,
    structuralSharing: false,
  })

export const callsQuery = (project: string, filter: Params) =>
  infiniteQueryOptions({
    queryKey: ['calls', project, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      request<CallsPage>('/api/v1/calls', { project, signal, params: { ...filter, limit: PAGE_SIZE, cursor: pageParam } }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  })

export const attemptsQuery = (project: string, traceId: string, spanId: string) =>
  queryOptions({
    queryKey: ['attempts', project, traceId, spanId],
    queryFn: ({ signal }) =>
      request<{ attempts: CallRow[] }>(`/api/v1/calls/${encodeURIComponent(traceId)}/${encodeURIComponent(spanId)}/attempts`, { project, signal }),
    staleTime: 60_000,
  })

/** The exchange of a call; null where the gateway did not record one. */
export const exchangeQuery = (project: string, traceId: string, spanId: string) =>
  queryOptions({
    queryKey: ['exchange', project, traceId, spanId],
    queryFn: async ({ signal }): Promise<Exchange | null> => {
      try {
        return await request<Exchange>(`/api/v1/exchanges/${encodeURIComponent(traceId)}/${encodeURIComponent(spanId)}`, { project, signal })
      } catch (error) {
        if (asProblem(error).status === 404) return null
        throw error
      }
    },
    staleTime: 60_000,
    structuralSharing: false,
  })

export const tailUrl = (project: string, filter: Params): string => apiUrl('/api/v1/tail', { ...filter, project })

export const ingestQuery = (project: string, everyMs: number) =>
  queryOptions({
    queryKey: ['ingest', project],
    queryFn: ({ signal }) => request<IngestState>('/api/v1/ingest', { project, signal }),
    refetchInterval: everyMs,
  })

export const doctorQuery = (project: string) =>
  queryOptions({
    queryKey: ['doctor', project],
    queryFn: ({ signal }) => request<DoctorReport>('/api/v1/doctor', { project, signal }),
  })

export const projectsQuery = (project: string) =>
  queryOptions({
    queryKey: ['projects'],
    queryFn: ({ signal }) => request<{ projects: Project[] }>('/api/v1/projects', { project, signal }),
    staleTime: 30_000,
  })

export interface StorageSize {
  tables: { name: string; rows: number; bytes: number }[]
  bytes: number
}

export const storageQuery = (project: string) =>
  queryOptions({ queryKey: ['storage', project], queryFn: ({ signal }) => request<StorageSize>('/api/v1/storage', { project, signal }), staleTime: 60_000 })

export const pricesQuery = (project: string, q: string, unpriced: boolean) =>
  queryOptions({
    queryKey: ['prices', project, q, unpriced],
    queryFn: ({ signal }) =>
      request<Record<string, unknown>>('/api/v1/prices', { project, signal, params: { q, unpriced: unpriced ? 1 : undefined } }),
    placeholderData: keepPreviousData,
  })

export const overridesQuery = (project: string) =>
  queryOptions({
    queryKey: ['price-overrides', project],
    queryFn: ({ signal }) => request<Record<string, unknown>>('/api/v1/prices/overrides', { project, signal }),
  })

export type SqlParams = Readonly<Record<string, string | readonly string[]>>

export const runSql = (project: string, query: string, signal: AbortSignal, params: SqlParams = {}, again = true) =>
  request<SqlAnswer>('/api/v1/sql', { project, method: 'POST', body: { query, params }, signal, again })

/** A fixed statement of the UI's own, with values as parameters and never in its text. */
export const rowsQuery = (project: string, query: string, params: SqlParams) =>
  queryOptions({
    queryKey: ['rows', project, query, params],
    queryFn: ({ signal }) => runSql(project, query, signal, params),
    placeholderData: keepPreviousData,
  })

export const attachmentUrl = (project: string, hash: string): string =>
  apiUrl(`/api/v1/attachments/${encodeURIComponent(hash)}`, { project })

export const reproduceUrl = (project: string, traceId: string, spanId: string): string =>
  apiUrl(`/api/v1/spans/${encodeURIComponent(traceId)}/${encodeURIComponent(spanId)}/reproduce`, { project })

export type ExportUnit = 'traces' | 'calls' | 'spans' | 'sessions'
export type ExportFormat = 'csv' | 'jsonl' | 'parquet'

/** The address of a file with every row of a list: the same filter and time, and an end where the list has none. */
export const exportUrl = (project: string, unit: ExportUnit, format: ExportFormat, params: Params): string => apiUrl('/api/v1/export', { ...params, unit, format, project })

// Sessions, the cache lens and comparisons: the answers of their endpoints and how they are asked.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { request, type Params } from './client'
import type { Message, TraceRow } from './types'

const PAGE_SIZE = 100
const TURNS_SIZE = 100
/** The largest page that the server gives. */
const NEWEST_SESSIONS = 500

export interface SessionRow {
  session_id: string
  user_id: string | null
  start_time: string
  end_time: string
  /** When its last turn began, whether that matches or not. */
  last_turn_time: string
  /** When the latest turn began that matches the filter and lies in the time: the order of the list. Absent where one session is read. */
  last_match_time?: string
  trace_count: number
  call_count: number
  error_count: number
  unpriced_count: number
  input_tokens: number | null
  output_tokens: number | null
  cost_usd: string | null
  models: string[]
  first_input_preview: string | null
  last_output_preview: string | null
  /** Counted from 1. */
  first_bad_turn: number | null
}

export interface SessionsPage {
  sessions: SessionRow[]
  next_cursor: string | null
  elapsed_ms: number
}

export interface TurnScore {
  name: string
  value: number | null
  label: string | null
  source: string | null
  comment: string | null
  author: string | null
  time: string
  span_id: string | null
  is_bad: boolean
}

export type WhyBad = 'error' | 'refusal' | 'length' | 'negative_feedback' | 'low_score'

export interface Turn {
  trace_id: string
  span_id: string | null
  start_time: string
  /** Null: not known. */
  duration_ns: number | null
  name: string
  status: string
  error_type: string | null
  finish_reason: string | null
  cost_usd: string | null
  unpriced_count: number
  call_count: number
  error_count: number
  span_count: number
  input_tokens: number | null
  output_tokens: number | null
  cached_input_tokens: number | null
  ttft_ns: number | null
  release: string | null
  models: string[]
  input: Message[]
  output: Message[]
  scores: TurnScore[]
  is_bad: boolean
  why_bad: WhyBad | null
}

export interface SessionAnswer {
  session: SessionRow
  turns: Turn[]
  next_cursor: string | null
  elapsed_ms: number
}

export interface CacheItem {
  hash: string
  role: string | null
  /** Among the tool definitions, or among the input messages, of the span. */
  position: number
  tokens: number | null
}

export type CacheOutcome = 'first' | 'hit' | 'changed' | 'expired' | 'missed' | 'too_short' | 'not_asked' | 'unknown'

export interface CacheCall {
  trace_id: string
  span_id: string
  name: string
  agent_name: string | null
  start_time: string
  provider: string | null
  model: string | null
  input_tokens: number | null
  cached_tokens: number | null
  written_tokens: number | null
  cost_usd: string | null
  outcome: CacheOutcome
  previous: number | null
  shared_items: number
  broken_item: number | null
  previous_item: number | null
  shared_tokens: number | null
  expected_tokens: number | null
  lost_tokens: number | null
  lost_usd: string | null
  idle_ns: number | null
  rule: string | null
  items: CacheItem[]
}

export interface CacheRule {
  name: string
  minimum_tokens: number
  block_tokens: number
  kept_s: number | null
  kept_long_s: number | null
  is_automatic: boolean
  source: string
}

export interface CacheTotals {
  calls: number
  judged_calls: number
  expected_tokens: number | null
  reported_tokens: number | null
  lost_tokens: number | null
  lost_usd: string | null
  unpriced_calls: number
  changed_calls: number
  expired_calls: number
}

export interface CacheAnswer {
  totals: CacheTotals
  rules: CacheRule[]
  calls: CacheCall[]
  elapsed_ms: number
}

export interface DiffStep {
  span_id: string
  parent_span_id: string | null
  offset_ns: number
  /** Null: not known. */
  duration_ns: number | null
  kind: string
  name: string
  status: string
  status_message: string | null
  error_type: string | null
  finish_reason: string | null
  request_model: string | null
  response_model: string | null
  tool_name: string | null
  agent_name: string | null
  guardrail_name: string | null
  guardrail_result: string | null
  retrieval_count: number | null
  input_tokens: number | null
  output_tokens: number | null
  cost_usd: string | null
  attempt: number
  counted: boolean
  tool_call_names: string[]
  tool_call_arguments: string[]
  input_preview: string | null
  output_preview: string | null
}

export interface DiffPair {
  a: DiffStep | null
  b: DiffStep | null
  same: 'same' | 'changed' | 'only_a' | 'only_b'
  what: string[]
}

export interface DiffAnswer {
  steps: DiffPair[]
  first_divergence: number | null
  elapsed_ms: number
}

const at = (path: string, ...ids: string[]): string => ids.reduce((text, id) => text.replace('{}', encodeURIComponent(id)), path)

/** The newest sessions at once, as many as a page may have: what shares of them are computed from. */
export const newestSessionsQuery = (project: string, params: Params) =>
  queryOptions({
    queryKey: ['newest-sessions', project, params],
    queryFn: ({ signal }) => request<SessionsPage>('/api/v1/sessions', { project, signal, params: { ...params, limit: NEWEST_SESSIONS } }),
    placeholderData: keepPreviousData,
  })

export const sessionsQuery = (project: string, filter: Params) =>
  infiniteQueryOptions({
    queryKey: ['sessions', project, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      request<SessionsPage>('/api/v1/sessions', { project, signal, params: { ...filter, limit: PAGE_SIZE, cursor: pageParam } }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  })

export const sessionQuery = (project: string, sessionId: string) =>
  infiniteQueryOptions({
    queryKey: ['session', project, sessionId],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      request<SessionAnswer>(at('/api/v1/sessions/{}', sessionId), { project, signal, params: { limit: TURNS_SIZE, cursor: pageParam } }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    structuralSharing: false,
  })

/** The cache lens of a session or of one trace. */
export const cacheQuery = (project: string, of: { sessionId: string } | { traceId: string }) =>
  queryOptions({
    queryKey: ['cache', project, of],
    queryFn: ({ signal }) =>
      request<CacheAnswer>('sessionId' in of ? at('/api/v1/sessions/{}/cache', of.sessionId) : at('/api/v1/traces/{}/cache', of.traceId), { project, signal }),
    staleTime: 30_000,
    structuralSharing: false,
  })

export const diffQuery = (project: string, a: string, b: string) =>
  queryOptions({
    queryKey: ['diff', project, a, b],
    queryFn: ({ signal }) => request<DiffAnswer>(at('/api/v1/traces/{}/diff/{}', a, b), { project, signal }),
    staleTime: 30_000,
    structuralSharing: false,
  })

export const similarQuery = (project: string, traceId: string) =>
  queryOptions({
    queryKey: ['similar', project, traceId],
    queryFn: ({ signal }) => request<{ traces: TraceRow[]; elapsed_ms: number }>(at('/api/v1/traces/{}/similar', traceId), { project, signal }),
    staleTime: 30_000,
  })

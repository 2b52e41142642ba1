// The answers of /api/v1 as the UI reads them, kept by hand beside docs/ARCHITECTURE.md "HTTP API".
// Durations and offsets are integer nanoseconds, money is a decimal string, unknown is null.

export const KINDS = [
  'llm', 'embedding', 'rerank', 'retrieval', 'tool', 'agent', 'workflow',
  'guardrail', 'evaluator', 'prompt', 'http', 'db', 'other',
] as const
export type Kind = (typeof KINDS)[number]

export interface TraceRow {
  trace_id: string
  name: string
  root_kind: string
  start_time: string
  duration_ns: number | null
  span_count: number
  error_count: number
  call_count: number
  unpriced_count: number
  status: string
  service: string
  services: string[]
  models: string[]
  user_id: string | null
  session_id: string | null
  environment: string | null
  release: string | null
  feature: string | null
  tags: string[]
  input_tokens: number | null
  output_tokens: number | null
  cached_input_tokens: number | null
  cost_usd: string | null
  ttft_ns: number | null
  input_preview: string | null
  output_preview: string | null
  has_root: boolean
}

export interface TracesPage {
  traces: TraceRow[]
  next_cursor: string | null
  elapsed_ms: number
}

export interface HistogramBucket {
  start_time: string
  count: number
  error_count: number
  cost_usd: string | null
}

export interface Histogram {
  from: string
  to: string
  bucket_ns: number
  buckets: HistogramBucket[]
}

export interface FacetValue {
  value: string
  count: number
}

export interface Facets {
  facets: Partial<Record<string, FacetValue[]>>
}

export type Cell = string | number | boolean | null | Cell[] | { [key: string]: Cell }

export interface SpanTable {
  fields: string[]
  rows: Cell[][]
}

export interface TraceAnswer {
  trace: TraceRow
  spans: SpanTable
  missing_parents: string[]
  elapsed_ms: number
}

export type Part =
  | { type: 'text'; content: string }
  | { type: 'reasoning'; content: string }
  | { type: 'refusal'; content: string }
  | { type: 'tool_call'; id: string | null; name: string; arguments: string }
  | { type: 'tool_call_response'; id: string | null; name?: string | null; response: string }
  | { type: 'blob'; modality: string; mime_type: string | null; attachment: string }
  | { type: 'uri'; modality: string; mime_type: string | null; uri: string }
  | { type: 'file'; modality: string; mime_type: string | null; file_id: string }
  | { type: 'other'; value: Cell }

/** A message as sent by the server: parts of unknown types stay as they came, so they are read with care. */
export interface Message {
  hash: string
  role: string
  parts: Cell[]
  is_new: boolean
  position: number
  choice?: number | null
  finish_reason?: string | null
}

export interface Attribute {
  key: string
  type: string
  value: Cell
}

export interface SpanEvent {
  name: string
  time: string
  attributes: Attribute[]
}

export interface ToolDefinition {
  hash: string
  name: string
  description: string | null
  parameters: Cell
}

export interface PriceUsed {
  price_id: string
  provider: string
  model: string
  effective_from: string | null
  tier: string | null
  rates: Record<string, string | null>
}

export interface Timeline {
  offsets_ns: number[]
  sizes: number[]
}

/** Every column of the public view `spans`, plus the content. Columns the UI does not name are read by key. */
export interface SpanDetail {
  [column: string]: unknown
  trace_id: string
  span_id: string
  input_messages: Message[]
  output_messages: Message[]
  tool_definitions: ToolDefinition[]
  attributes: Attribute[]
  resource: Attribute[]
  events: SpanEvent[]
  links: Cell[]
  price: PriceUsed | null
  timeline: Timeline | null
}

/** A model call as lists show it: what it was asked, by whom, how fast, what it cost. */
export interface CallRow {
  trace_id: string
  span_id: string
  parent_span_id: string | null
  start_time: string
  duration_ns: number | null
  name: string
  kind: string
  operation: string | null
  status: string
  status_message: string | null
  error_type: string | null
  http_status: number | null
  provider: string | null
  request_model: string | null
  response_model: string | null
  service: string
  user_id: string | null
  session_id: string | null
  feature: string | null
  environment: string | null
  release: string | null
  tags: string[]
  capture: string | null
  stream: boolean | null
  finish_reason: string | null
  input_tokens: number | null
  cached_input_tokens: number | null
  cache_write_tokens: number | null
  output_tokens: number | null
  reasoning_tokens: number | null
  cost_usd: string | null
  ttft_ns: number | null
  tpot_ns: number | null
  output_tokens_per_second: number | null
  stall_count: number | null
  longest_stall_ns: number | null
  call_id: string | null
  attempt: number | null
  served: boolean | null
  cache_status: string | null
  input_preview: string | null
  output_preview: string | null
}

export interface CallsPage {
  calls: CallRow[]
  next_cursor: string | null
  elapsed_ms: number
}

export type HeaderList = (readonly [name: string, value: string])[]

/** One HTTP exchange with a provider, as the gateway saw it. */
export interface Exchange {
  request: { method: string; url: string; headers: HeaderList; body: string | null }
  response: { status: number | null; headers: HeaderList; body: string | null } | null
}

export interface IngestProblem {
  time: string
  door: string
  status: number
  message: string
  hint: string | null
  count: number
}

export interface IngestState {
  /** Requests have to carry an API key. Servers of before do not say. */
  needs_key?: boolean
  first_span_at: string | null
  last_span_at: string | null
  spans_accepted: number
  spans_rejected: number
  quarantined: number
  by_door: { [key: string]: Cell }[]
  recent_problems: IngestProblem[]
  backlog_records: number
  disk: { state: 'ok' | 'full' | 'failing'; log_bytes: number }
  engine: { state: 'ready' | 'starting' | 'down' }
  /** Calls through the gateway: what was not recorded of them. */
  gateway?: { calls: number; recorded: number; dropped: number; without_body: number; waiting: number }
}

export interface UnmappedAttribute {
  key: string
  scope: string
  count: number
  example: string | null
  last_seen: string
}

export interface MalformedAttribute extends UnmappedAttribute {
  reason: string
}

export interface DoctorReport {
  unmapped: UnmappedAttribute[]
  malformed: MalformedAttribute[]
}

export interface Project {
  name: string
  trace_count: number
}

export interface SqlAnswer {
  columns: { name: string; type: string }[]
  rows: Cell[][]
  elapsed_ms: number
}

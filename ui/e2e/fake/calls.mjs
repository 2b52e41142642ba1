// Invented model calls in the shape of /api/v1/calls: those of the invented traces, and some whose course is worth a
// look: tried twice and stalled, very long, not streamed, seen by the gateway.
import { between, random } from './random.mjs'

export const STALLED = '4'.repeat(32)
export const HUGE = '5'.repeat(32)
export const WHOLE = '6'.repeat(32)
export const SPECIAL_SPAN = 'a'.repeat(16)
export const FIRST_ATTEMPT = 'b'.repeat(16)
const MS = 1e6
const KINDS = ['llm', 'embedding', 'rerank']

const REPLY = 'I am sorry about the charge, and thank you for sending the mail. I checked it against the booking: you cancelled on 12 November at 18:42 local time, and the rate could be cancelled free of charge until 13 November. Under our policy a charge like this is refunded in full when the delivery failure is on our side, and you do not need to contact the hotel. Grüße, 你好 👋 — the bank usually shows it after three to five working days.'

/** The deltas of a text: their offsets and sizes in bytes; some come together in one read. */
export function streamOf(text, seed, { firstMs, gapMs, stallAt = -1, stallMs = 0, letters = 6 }) {
  const next = random(seed)
  const pieces = text.match(new RegExp(`[\\s\\S]{1,${letters}}`, 'gu')) ?? []
  const offsets = []
  const sizes = []
  let at = firstMs
  pieces.forEach((piece, index) => {
    if (index > 0) at += index === stallAt ? stallMs : next() < 0.12 ? 0 : gapMs * (0.4 + next() * next() * 2.6)
    offsets.push(Math.round(at * 1000) * 1000)
    sizes.push(Buffer.byteLength(piece))
  })
  return { offsets_ns: offsets, sizes }
}

function special(id, spanId, more) {
  return { span_id: spanId, parent_span_id: null, name: 'refund-reply', kind: 'llm', status: 'ok', service: 'desk-api', counted: true, attempt: null, dialect: 'gateway', capture: 'gateway', dropped_attributes_count: 0,
    provider: 'anthropic', request_model: 'claude-sonnet-4-5', response_model: 'claude-sonnet-4-5', input_tokens: 9230, cached_input_tokens: 1916, cache_write_tokens: 6902, finish_reason: 'stop', stream: true, offset_ns: 0,
    input_preview: 'Please refund the no-show charge', trace: id, ...more }
}

const timelineOf = (text, seed, options) => {
  const timeline = streamOf(text, seed, options)
  const last = timeline.offsets_ns.at(-1)
  return { timeline, text, ttft_ns: timeline.offsets_ns[0], duration_ns: last + 40 * MS, output_tokens: Math.round(text.length / 4) }
}

export function specialTrace(id) {
  const long = Array.from({ length: 240 }, (_, i) => `${i + 1}. ${REPLY}\n\n`).join('').slice(0, 100_000)
  const spans = {
    [STALLED]: () => [
      special(id, FIRST_ATTEMPT, { status: 'error', error_type: 'rate_limit', status_message: 'Number of input tokens has exceeded your per-minute rate limit', http_status: 429, duration_ns: 262 * MS, input_tokens: null, cached_input_tokens: null, cache_write_tokens: null, output_tokens: null, finish_reason: null, cost_usd: null, attempt: 1, counted: false, call_id: 'call-7', served: false }),
      special(id, SPECIAL_SPAN, { ...timelineOf(REPLY, 5, { firstMs: 874, gapMs: 34, stallAt: 44, stallMs: 2617 }), offset_ns: 1266 * MS, cost_usd: '0.030754800', attempt: 2, call_id: 'call-7', served: true, http_status: 200, stall_count: 1, longest_stall_ns: 2617 * MS }),
    ],
    [HUGE]: () => [special(id, SPECIAL_SPAN, { name: 'write-the-report', ...timelineOf(long, 9, { firstMs: 640, gapMs: 9, stallAt: 6200, stallMs: 1900, letters: 10 }), cost_usd: '0.402180000', stall_count: 1, longest_stall_ns: 1900 * MS })],
    [WHOLE]: () => [special(id, SPECIAL_SPAN, { name: 'classify', stream: false, text: '{"intent": "refund", "sure": 0.93}', timeline: null, duration_ns: 412 * MS, output_tokens: 11, ttft_ns: null, cost_usd: null, response_model: 'harbor-ft-3', request_model: 'harbor-ft-3', provider: 'ollama', cache_status: 'hit', capture: 'otlp_http', dialect: 'otel_genai' })],
  }[id]()
  return { spans: spans.map((span) => ({ ...span, output_preview: span.text?.slice(0, 200) ?? null })), name: spans.at(-1).name, question: 'Please refund the no-show charge', answer: REPLY }
}

/** A call as lists have it, from its span and the row of its trace. */
export function callOf(item, span) {
  const next = random(Number.parseInt(span.span_id.slice(0, 7), 16))
  const call = span.kind === 'llm' && span.status !== 'error'
  const stalls = call && span.stream ? (next() < 0.08 ? between(next, 1, 3) : 0) : null
  const seconds = ((span.duration_ns ?? 0) - (span.ttft_ns ?? 0)) / 1e9
  const { row } = item
  return {
    trace_id: row.trace_id, span_id: span.span_id, parent_span_id: span.parent_span_id, start_time: new Date(item.startMs + span.offset_ns / 1e6).toISOString().replace('Z', '000000Z'), duration_ns: span.duration_ns, name: span.name, kind: span.kind,
    operation: span.kind === 'llm' ? 'chat' : 'embeddings', status: span.status, status_message: span.status_message ?? '', error_type: span.error_type ?? null, http_status: span.http_status ?? (span.status === 'error' ? 504 : 200),
    provider: span.provider, request_model: span.request_model, response_model: span.response_model, service: span.service, user_id: row.user_id, session_id: row.session_id, feature: row.feature, environment: row.environment, release: row.release, tags: [],
    capture: span.capture, stream: span.stream ?? null, finish_reason: span.finish_reason ?? null, input_tokens: span.input_tokens ?? null, cached_input_tokens: span.cached_input_tokens ?? null, cache_write_tokens: span.cache_write_tokens ?? null,
    output_tokens: span.output_tokens ?? null, reasoning_tokens: span.reasoning_tokens ?? null, cost_usd: span.cost_usd ?? null, ttft_ns: span.ttft_ns ?? null, tpot_ns: call && span.output_tokens > 1 ? Math.round((seconds * 1e9) / span.output_tokens) : null,
    output_tokens_per_second: call && seconds > 0 ? span.output_tokens / seconds : null, stall_count: span.stall_count ?? stalls, longest_stall_ns: span.longest_stall_ns ?? (stalls ? between(next, 260, 2400) * MS : null),
    call_id: span.call_id ?? null, attempt: span.attempt, served: span.served ?? null, cache_status: span.cache_status ?? null, input_preview: span.input_preview ?? null, output_preview: span.output_preview ?? null,
  }
}

export const isCall = (span) => KINDS.includes(span.kind) && span.counted

const FILTERS = { status: 'status', error_type: 'error_type', provider: 'provider', service: 'service', user: 'user_id', session: 'session_id', environment: 'environment', release: 'release', feature: 'feature', capture: 'capture', kind: 'kind' }

export function matchesCall(call, query) {
  for (const [name, field] of Object.entries(FILTERS)) if (query.get(name) && call[field] !== query.get(name)) return false
  const model = query.get('model')
  if (model && call.request_model !== model && call.response_model !== model) return false
  if (query.get('stream') && String(call.stream) !== query.get('stream')) return false
  const words = (query.get('q') ?? '').toLowerCase()
  if (words && !`${call.input_preview} ${call.output_preview}`.toLowerCase().includes(words)) return false
  const at = Date.parse(call.start_time)
  return !(query.get('from') && at < Date.parse(query.get('from'))) && !(query.get('to') && at >= Date.parse(query.get('to')))
}

/** What the gateway kept of the call that stalled. */
export function exchangeOf(span) {
  const events = (span.text ?? '').match(/[\s\S]{1,40}/gu).slice(0, 6).map((text) => `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', delta: { type: 'text_delta', text } })}\n\n`)
  return {
    request: { method: 'POST', url: 'https://api.anthropic.com/v1/messages', headers: [['content-type', 'application/json'], ['x-api-key', 'sk-ant-not-to-be-shown'], ['anthropic-version', '2023-06-01']],
      body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 1024, stream: true, messages: [{ role: 'user', content: 'Please refund the no-show charge' }] }) },
    response: { status: 200, headers: [['content-type', 'text/event-stream'], ['request-id', 'req_011']], body: events.join('') },
  }
}

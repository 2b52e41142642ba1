// Invented traces in the shape of the HTTP API: agents with tools and sub-agents, retrieval, guardrails, errors,
// retries, unpriced models, spans whose parent never came.
import { between, hex, pick, random } from './random.mjs'

export const FIELDS = [
  'span_id', 'parent_span_id', 'name', 'kind', 'status', 'status_message', 'error_type', 'service', 'offset_ns', 'duration_ns', 'provider', 'request_model',
  'response_model', 'input_tokens', 'cached_input_tokens', 'cache_write_tokens', 'output_tokens', 'reasoning_tokens', 'cost_usd', 'counted', 'finish_reason',
  'ttft_ns', 'stream', 'tool_name', 'agent_name', 'guardrail_name', 'guardrail_result', 'retrieval_count', 'attempt', 'served', 'cache_status', 'dialect',
  'capture', 'dropped_attributes_count', 'input_preview', 'output_preview',
]
const MS = 1e6
/** Dollars per million tokens: input, cache read, output. Null is a model without a price. */
export const MODELS = {
  'claude-sonnet-4-5': ['anthropic', 3, 0.3, 15],
  'claude-haiku-4-5': ['anthropic', 1, 0.1, 5],
  'gpt-4.1-mini': ['openai', 0.4, 0.1, 1.6],
  'text-embedding-3-large': ['openai', 0.13, 0.13, 0],
  'harbor-ft-3': ['ollama', null, null, null],
}
const QUESTIONS = [
  'The parcel to Ghent was marked delivered, but nobody received it. Please find out where it is.',
  'Can I change the pickup point after the label was printed?', 'Two invoices for the same shipment, which one is right?',
  'Wie lange dauert der Versand nach Österreich, und was kostet er?', '{"ticket": 55120, "lang": "nl", "text": "De doos kwam nat aan"}',
  'Summarise what changed in the customs rules for books since March.', 'I need a quote for 14 pallets, Antwerp to Lyon, Thursday.',
]
const ANSWERS = [
  'I found it: the parcel was left with a neighbour at number 14. I have asked the carrier for the signature and will keep the ticket open until you confirm.',
  'Yes, until the evening before the pickup. I moved it to **Station Noord** for you; the old label stays valid.',
  'The second one is right. The first was made before the weight was measured again; it has been cancelled.',
]
const NAMES = ['parcel-agent', 'quote-desk', 'customs-qa', 'invoice-triage']

class Builder {
  constructor(seed) {
    this.next = random(seed)
    this.spans = []
  }
  add(span) {
    const full = { span_id: hex(this.next, 16), parent_span_id: null, status: 'ok', service: 'desk-api', counted: true, attempt: null, dialect: 'otel_genai', capture: 'otlp_http', dropped_attributes_count: 0, ...span }
    this.spans.push(full)
    return full
  }
  llm(parent, at, name, model, { input = between(this.next, 900, 9000), output = between(this.next, 40, 420), question = null, answer = null, ...more } = {}) {
    const [provider, inRate, cacheRate, outRate] = MODELS[model]
    const cached = model.startsWith('text') ? null : Math.floor(input * pick(this.next, [0, 0.4, 0.8]))
    const nano = inRate === null ? null : Math.round((input - (cached ?? 0)) * inRate * 1000 + (cached ?? 0) * cacheRate * 1000 + output * outRate * 1000)
    const duration = between(this.next, 380, 2600) * MS
    return this.add({
      parent_span_id: parent.span_id, name, kind: 'llm', offset_ns: at, duration_ns: duration, provider, request_model: model, response_model: model, input_tokens: input,
      cached_input_tokens: cached, output_tokens: output, cost_usd: nano === null ? null : (nano / 1e9).toFixed(9), finish_reason: 'stop', ttft_ns: Math.floor(duration * 0.34),
      stream: true, input_preview: question, output_preview: answer, ...more,
    })
  }
}

const end = (span) => span.offset_ns + span.duration_ns
const stretch = (span, children) => {
  span.duration_ns = Math.max(...children.map(end)) - span.offset_ns + 12 * MS
}

/** One agent run: guardrail, plan, tools in parallel (one fails and is retried), retrieval, sub-agent, answer. */
export function agentTrace(seed, { failing = false, unpriced = false, orphan = false } = {}) {
  const b = new Builder(seed)
  const question = pick(b.next, QUESTIONS)
  const answer = pick(b.next, ANSWERS)
  const name = pick(b.next, NAMES)
  const root = b.add({ name: 'POST /chat', kind: 'workflow', offset_ns: 0, duration_ns: 0, input_preview: question, output_preview: answer })
  const guard = b.add({ parent_span_id: root.span_id, name: 'screen-input', kind: 'guardrail', offset_ns: 8 * MS, duration_ns: 260 * MS, guardrail_name: 'pii', guardrail_result: 'mask' })
  b.llm(guard, 12 * MS, 'classify', 'claude-haiku-4-5', { duration_ns: 240 * MS, input: 512, output: 8, ttft_ns: 180 * MS })
  const agent = b.add({ parent_span_id: root.span_id, name, kind: 'agent', agent_name: name, offset_ns: 280 * MS, duration_ns: 0 })
  const plan = b.llm(agent, 290 * MS, 'chat claude-sonnet-4-5', unpriced ? 'harbor-ft-3' : 'claude-sonnet-4-5', { question, finish_reason: 'tool_call', reasoning_tokens: 61 })
  let at = end(plan) + 6 * MS
  const tools = ['find_parcel', 'carrier_status', 'carrier_status', 'address_book'].map((tool, index) => {
    const bad = failing && index === 1
    const span = b.add({
      parent_span_id: agent.span_id, name: `execute_tool ${tool}`, kind: 'tool', tool_name: tool, offset_ns: at + index * 3 * MS, duration_ns: between(b.next, 120, 900) * MS,
      input_preview: `{"parcel":"PX-${1000 + (seed % 9000)}"}`, output_preview: bad ? null : '{"state":"delivered"}',
      ...(bad ? { status: 'error', error_type: 'timeout', status_message: 'carrier did not answer within 3.0 s', duration_ns: 3004 * MS } : {}),
    })
    b.add({ parent_span_id: span.span_id, name: `GET /${tool}`, kind: 'http', offset_ns: span.offset_ns + 4 * MS, duration_ns: span.duration_ns - 8 * MS, ...(bad ? { status: 'error', error_type: 'timeout', status_message: 'HTTP 504' } : {}) })
    return span
  })
  at = Math.max(...tools.map(end)) + 5 * MS
  const search = b.add({ parent_span_id: agent.span_id, name: 'policy_search', kind: 'retrieval', offset_ns: at, duration_ns: 420 * MS, retrieval_count: 4 })
  b.llm(search, at + 4 * MS, 'embeddings text-embedding-3-large', 'text-embedding-3-large', { kind: 'embedding', duration_ns: 120 * MS, input: 44, output: 0, output_tokens: null, ttft_ns: null, stream: null, finish_reason: null })
  b.add({ parent_span_id: search.span_id, name: 'pgvector policies', kind: 'db', offset_ns: at + 130 * MS, duration_ns: 260 * MS })
  const sub = b.add({ parent_span_id: agent.span_id, name: 'refund-scout', kind: 'agent', agent_name: 'refund-scout', offset_ns: end(search) + 4 * MS, duration_ns: 0 })
  const children = []
  at = sub.offset_ns + 3 * MS
  for (let step = 0; step < 3; step++) {
    const call = b.llm(sub, at, 'chat claude-haiku-4-5', 'claude-haiku-4-5', { finish_reason: step < 2 ? 'tool_call' : 'length' })
    const tool = b.add({ parent_span_id: sub.span_id, name: 'execute_tool ledger', kind: 'tool', tool_name: 'ledger', offset_ns: end(call) + 2 * MS, duration_ns: between(b.next, 30, 300) * MS })
    children.push(call, tool)
    at = end(tool) + 2 * MS
  }
  stretch(sub, children)
  const reply = b.llm(agent, end(sub) + 5 * MS, 'chat claude-sonnet-4-5', 'claude-sonnet-4-5', { question, answer, output: 164 })
  stretch(agent, [sub, reply])
  const out = b.add({ parent_span_id: root.span_id, name: 'screen-output', kind: 'guardrail', offset_ns: end(agent) + 3 * MS, duration_ns: 210 * MS, guardrail_name: 'tone', guardrail_result: 'pass' })
  const judge = b.add({ parent_span_id: root.span_id, name: 'faithfulness', kind: 'evaluator', offset_ns: end(out) + 2 * MS, duration_ns: 540 * MS })
  stretch(root, [out, judge])
  if (orphan) b.add({ parent_span_id: 'feedbeefcafe0001', name: 'late-webhook', kind: 'http', service: 'hooks', offset_ns: 900 * MS, duration_ns: 140 * MS })
  return { spans: b.spans, name, question, answer }
}

/** A wide and deep trace of exactly `count` spans: agents of steps, each step a call, tools, requests. */
export function bigTrace(seed, count) {
  const b = new Builder(seed)
  const root = b.add({ name: 'nightly-batch', kind: 'workflow', offset_ns: 0, duration_ns: 0 })
  let at = 5 * MS
  let step = 0
  while (b.spans.length < count) {
    const agent = b.add({ parent_span_id: root.span_id, name: `customer ${++step}`, kind: 'agent', agent_name: 'batch', offset_ns: at, duration_ns: 0 })
    let cursor = at + MS
    for (let i = 0; i < 8 && b.spans.length < count; i++) {
      const call = b.llm(agent, cursor, 'chat gpt-4.1-mini', 'gpt-4.1-mini', { duration_ns: between(b.next, 200, 900) * MS })
      cursor = end(call) + MS
      for (let j = 0; j < 4 && b.spans.length < count; j++) {
        const bad = b.next() < 0.004
        const tool = b.add({ parent_span_id: call.span_id, name: 'execute_tool lookup', kind: 'tool', tool_name: 'lookup', offset_ns: call.offset_ns + j * 9 * MS, duration_ns: between(b.next, 20, 180) * MS, ...(bad ? { status: 'error', error_type: 'timeout', status_message: 'lookup timed out' } : {}) })
        if (b.spans.length < count) b.add({ parent_span_id: tool.span_id, name: 'SELECT customers', kind: 'db', offset_ns: tool.offset_ns + MS, duration_ns: Math.max(MS, tool.duration_ns - 2 * MS) })
      }
    }
    agent.duration_ns = cursor - at
    at += between(b.next, 40, 160) * MS
    root.duration_ns = Math.max(root.duration_ns, cursor + 2 * MS)
  }
  return { spans: b.spans, name: 'nightly-batch', question: 'Re-check every open ticket', answer: null }
}

const sum = (spans, field) => {
  const known = spans.filter((span) => span.counted && typeof span[field] === 'number')
  return known.length === 0 ? null : known.reduce((total, span) => total + span[field], 0)
}

/** The list's row of a trace, summed from its spans. */
export function rowOf(traceId, start, made, more = {}) {
  const { spans } = made
  const calls = spans.filter((span) => ['llm', 'embedding', 'rerank'].includes(span.kind) && span.counted)
  const priced = calls.filter((span) => span.cost_usd !== null)
  const nano = priced.reduce((total, span) => total + Math.round(Number(span.cost_usd) * 1e9), 0)
  const ids = new Set(spans.map((span) => span.span_id))
  return {
    trace_id: traceId, name: made.name, root_kind: spans[0]?.kind ?? 'other', start_time: start, duration_ns: spans[0]?.duration_ns ?? null, span_count: spans.length,
    error_count: spans.filter((span) => span.status === 'error').length, call_count: calls.length, unpriced_count: calls.length - priced.length,
    status: spans.some((span) => span.status === 'error') ? 'error' : 'ok', service: spans[0]?.service ?? '', services: [...new Set(spans.map((span) => span.service))],
    models: [...new Set(calls.map((span) => span.response_model))], user_id: 'u-2093', session_id: 's-71aa', environment: 'production', release: 'v48', feature: 'support', tags: [],
    input_tokens: sum(calls, 'input_tokens'), output_tokens: sum(calls, 'output_tokens'), cached_input_tokens: sum(calls, 'cached_input_tokens'),
    cost_usd: priced.length === 0 ? null : (nano / 1e9).toFixed(9), ttft_ns: 1_420_000_000, input_preview: made.question, output_preview: made.answer,
    has_root: spans.some((span) => span.parent_span_id === null || !ids.has(span.parent_span_id)), ...more,
  }
}

export function traceAnswer(row, made) {
  const spans = [...made.spans].sort((a, b) => a.offset_ns - b.offset_ns)
  const ids = new Set(spans.map((span) => span.span_id))
  const missing = [...new Set(spans.map((span) => span.parent_span_id).filter((id) => id !== null && !ids.has(id)))]
  return { trace: row, spans: { fields: FIELDS, rows: spans.map((span) => FIELDS.map((field) => span[field] ?? null)) }, missing_parents: missing, elapsed_ms: 4.2 }
}

// Sessions, the cache lens, comparisons and the slowest, made of the invented traces in the shapes of /api/v1.
import { detailOf } from './detail.mjs'
import { between, random } from './random.mjs'

const NANO = 1e9
const add = (values) => { const known = values.filter((value) => value !== null && value !== undefined); return known.length === 0 ? null : known.reduce((total, value) => total + Number(value), 0) }
const money = (values) => { const total = add(values); return total === null ? null : total.toFixed(9) }
const endOf = (row) => new Date(Date.parse(row.start_time) + (row.duration_ns ?? 0) / 1e6).toISOString().replace('Z', '000000Z')

/** Traces by session, each oldest first; sessions by their latest trace, newest first. */
export function sessionsOf(list) {
  const groups = new Map()
  for (const item of [...list].reverse()) {
    if (item.row.session_id === null) continue
    if (!groups.has(item.row.session_id)) groups.set(item.row.session_id, [])
    groups.get(item.row.session_id).push(item)
  }
  return [...groups.values()].reverse().sort((a, b) => b.at(-1).startMs - a.at(-1).startMs)
}

const whyBad = (row, index) => (row.status === 'error' ? 'error' : index % 11 === 6 ? 'length' : index % 17 === 9 ? 'negative_feedback' : null)

export function sessionRow(items) {
  const rows = items.map((item) => item.row)
  const bad = rows.findIndex((row, index) => whyBad(row, index) !== null)
  return {
    session_id: rows[0].session_id, user_id: rows[0].user_id, start_time: rows[0].start_time, end_time: endOf(rows.at(-1)), last_turn_time: rows.at(-1).start_time, last_match_time: rows.at(-1).start_time, trace_count: rows.length, call_count: add(rows.map((row) => row.call_count)), error_count: add(rows.map((row) => row.error_count)),
    unpriced_count: add(rows.map((row) => row.unpriced_count)), input_tokens: add(rows.map((row) => row.input_tokens)), output_tokens: add(rows.map((row) => row.output_tokens)), cost_usd: money(rows.map((row) => row.cost_usd)),
    models: [...new Set(rows.flatMap((row) => row.models))], first_input_preview: rows[0].input_preview, last_output_preview: rows.at(-1).output_preview, first_bad_turn: bad < 0 ? null : bad + 1,
  }
}

function turnOf(item, index) {
  const { row } = item
  const made = item.make()
  const call = made.spans.filter((span) => span.kind === 'llm').at(-1)
  const detail = detailOf(row.trace_id, item.startMs, call)
  const why = whyBad(row, index)
  return {
    trace_id: row.trace_id, span_id: call.span_id, start_time: row.start_time, duration_ns: row.duration_ns, name: row.name, status: row.status, error_type: row.status === 'error' ? 'timeout' : null, finish_reason: why === 'length' ? 'length' : 'stop',
    cost_usd: row.cost_usd, unpriced_count: row.unpriced_count, call_count: row.call_count, error_count: row.error_count, span_count: row.span_count, input_tokens: row.input_tokens, output_tokens: row.output_tokens, cached_input_tokens: row.cached_input_tokens,
    ttft_ns: row.ttft_ns, release: row.release, models: row.models, input: detail.input_messages.filter((message) => message.is_new || (index === 0 && message.role === 'system')).slice(0, 2), output: detail.output_messages,
    scores: index % 3 === 0 ? [{ name: 'faithfulness', value: why === 'negative_feedback' ? 0.31 : 0.86, label: null, source: 'judge', comment: null, author: null, time: row.start_time, span_id: null, is_bad: why === 'negative_feedback' },
      ...(why === 'negative_feedback' ? [{ name: 'helpful', value: 0, label: 'false', source: 'user', comment: 'That is not what I asked.', author: 'u-2093', time: row.start_time, span_id: null, is_bad: true }] : [])] : [],
    is_bad: why !== null, why_bad: why,
  }
}

export function sessionAnswer(items, query) {
  const from = Number(query.get('cursor') ?? 0)
  const limit = Number(query.get('limit') ?? 200)
  return { session: sessionRow(items), turns: items.slice(from, from + limit).map((item, index) => turnOf(item, from + index)), next_cursor: from + limit < items.length ? String(from + limit) : null, elapsed_ms: 7.4 }
}

const ROLES = ['tool_definition', 'system', 'user', 'assistant', 'user', 'assistant', 'tool', 'user']

/** Calls that grow by a message each; in some the system message is another one, some came too late. */
export function cacheAnswer(items) {
  const next = random(5)
  const found = items.flatMap((item) => item.make().spans.filter((span) => span.kind === 'llm' && span.status !== 'error').map((span) => ({ item, span }))).slice(0, 24)
  const calls = found.map(({ item, span }, index) => {
    const outcome = index === 0 ? 'first' : index % 7 === 3 ? 'changed' : index % 9 === 5 ? 'expired' : index % 11 === 8 ? 'missed' : 'hit'
    const parts = Array.from({ length: Math.min(4 + index, 26) }, (_, at) => ({ hash: `${at}`.padStart(31, '0') + (outcome === 'changed' && at >= 1 ? 'c' : 'a'), role: ROLES[Math.min(at, 1 + (at % 7))] ?? 'user', position: at, tokens: between(next, 60, 900) }))
    const shared = outcome === 'first' ? 0 : outcome === 'changed' ? 1 : parts.length - 1
    const sharedTokens = parts.slice(0, shared).reduce((total, part) => total + part.tokens, 0)
    const expected = outcome === 'first' ? null : sharedTokens
    const lost = ['changed', 'expired', 'missed'].includes(outcome) ? Math.round((span.input_tokens ?? 0) * 0.6) : 0
    return {
      trace_id: item.row.trace_id, span_id: span.span_id, name: span.name, agent_name: 'desk', start_time: item.row.start_time, provider: span.provider, model: span.response_model, input_tokens: span.input_tokens, cached_tokens: lost > 0 ? 0 : span.cached_input_tokens, written_tokens: null,
      cost_usd: span.cost_usd, outcome, previous: index === 0 ? null : index - 1, shared_items: shared, broken_item: outcome === 'changed' ? 1 : null, previous_item: outcome === 'changed' ? 1 : null, shared_tokens: sharedTokens, expected_tokens: expected, lost_tokens: index === 0 ? null : lost,
      lost_usd: index === 0 || span.cost_usd === null ? null : (lost * 2.7e-6).toFixed(9), idle_ns: index === 0 ? null : outcome === 'expired' ? 900 * NANO : 20 * NANO, rule: 'anthropic', items: parts,
    }
  })
  const of = (outcome) => calls.filter((call) => call.outcome === outcome).length
  return {
    totals: { calls: calls.length, judged_calls: Math.max(0, calls.length - 1), expected_tokens: add(calls.map((call) => call.expected_tokens)), reported_tokens: add(calls.map((call) => call.cached_tokens)), lost_tokens: add(calls.map((call) => call.lost_tokens)), lost_usd: money(calls.map((call) => call.lost_usd)), unpriced_calls: calls.filter((call) => call.cost_usd === null).length, changed_calls: of('changed'), expired_calls: of('expired') },
    rules: [{ name: 'anthropic', minimum_tokens: 1024, block_tokens: 1, kept_s: 300, kept_long_s: 3600, is_automatic: false, source: 'https://docs.example.test/caching' }], calls, elapsed_ms: 12.8,
  }
}

const STEPS = ['llm', 'tool', 'retrieval', 'guardrail', 'evaluator', 'agent', 'embedding']

export function diffAnswer(a, b) {
  const steps = [a, b].map((item) => item.make().spans.filter((span) => STEPS.includes(span.kind)).sort((x, y) => x.offset_ns - y.offset_ns).map((span) => ({
    span_id: span.span_id, parent_span_id: span.parent_span_id, offset_ns: span.offset_ns, duration_ns: span.duration_ns, kind: span.kind, name: span.name, status: span.status, status_message: span.status_message ?? null, error_type: span.error_type ?? null,
    finish_reason: span.finish_reason ?? null, request_model: span.request_model ?? null, response_model: span.response_model ?? null, tool_name: span.tool_name ?? null, agent_name: span.agent_name ?? null, guardrail_name: span.guardrail_name ?? null, guardrail_result: span.guardrail_result ?? null,
    retrieval_count: span.retrieval_count ?? null, input_tokens: span.input_tokens ?? null, output_tokens: span.output_tokens ?? null, cost_usd: span.cost_usd ?? null, attempt: span.attempt ?? 1, counted: span.counted, tool_call_names: [], tool_call_arguments: [], input_preview: span.input_preview ?? null, output_preview: span.output_preview ?? null,
  })))
  const [left, right] = steps
  const pairs = Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const [x, y] = [left[at] ?? null, right[at] ?? null]
    if (!x || !y) return { a: x, b: y, same: x ? 'only_a' : 'only_b', what: [] }
    const what = [...(x.name === y.name ? [] : ['name']), ...(x.status === y.status ? [] : ['status']), ...(x.output_preview === y.output_preview ? [] : ['content'])]
    return { a: x, b: y, same: what.length === 0 ? 'same' : 'changed', what }
  })
  const first = pairs.findIndex((pair) => pair.same !== 'same')
  return { steps: pairs, first_divergence: first < 0 ? null : first, elapsed_ms: 6.1 }
}

export const similarAnswer = (list, id) => ({ traces: list.map((item) => item.row).filter((row) => row.trace_id !== id && row.name !== 'nightly-batch').slice(0, 8).sort((a, b) => (a.status === 'error' ? 1 : 0) - (b.status === 'error' ? 1 : 0)), elapsed_ms: 3.3 })

const PATHS = [
  ['ttft', 'chat claude-sonnet-4-5', 'llm', 0.41, 0.16], ['generation', 'chat claude-sonnet-4-5', 'llm', 0.22, 0.38], ['tools', 'execute_tool carrier_status', 'tool', 0.19, 0.05], ['generation', 'chat claude-haiku-4-5', 'llm', 0.06, 0.14],
  [null, 'parcel-agent', 'agent', 0.04, 0.06], ['search', 'policy_search', 'retrieval', 0.03, 0.08], ['input_validation', 'screen-input', 'guardrail', 0.02, 0.05], ['output_guardrails', 'screen-output', 'guardrail', 0.015, 0.04], [null, 'POST /chat', 'workflow', 0.015, 0.04],
]

export function slowestAnswer(rows, perMille) {
  const sorted = rows.filter((row) => row.duration_ns !== null).sort((a, b) => b.duration_ns - a.duration_ns)
  const count = Math.ceil((sorted.length * perMille) / 1000)
  const slow = sorted.slice(0, count)
  const middle = sorted.length >= 20
  const path = add(slow.map((row) => row.duration_ns)) ?? 0
  const line = (stage, share, usual) => ({ stage, time_ns: Math.round(path * share), share: path > 0 ? share : null, usual_share: middle ? usual : null, trace_count: slow.length, usual_trace_count: middle ? slow.length : 0, longest_trace_id: slow[0]?.trace_id ?? null, longest_ns: Math.round((slow[0]?.duration_ns ?? 0) * share) })
  const stages = new Map()
  for (const [stage, , , share, usual] of PATHS) { const old = stages.get(stage) ?? [0, 0]; stages.set(stage, [old[0] + share, old[1] + usual]) }
  return {
    trace_count: sorted.length, slowest_count: count, slowest_read: slow.length, usual_read: middle ? slow.length : 0, least_duration_ns: slow.at(-1)?.duration_ns ?? null, median_duration_ns: middle ? sorted[Math.floor(sorted.length / 2)].duration_ns : null, path_ns: path,
    stages: slow.length === 0 ? [] : [...stages].map(([stage, [share, usual]]) => line(stage, share, usual)).sort((a, b) => b.time_ns - a.time_ns),
    names: slow.length === 0 ? [] : PATHS.map(([stage, name, kind, share, usual]) => ({ ...line(stage, share, usual), name, kind })), name_count: slow.length === 0 ? 0 : PATHS.length, traces: slow.map((row) => row.trace_id), elapsed_ms: 34.2,
  }
}

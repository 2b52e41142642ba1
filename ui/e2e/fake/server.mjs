// A small server with invented data in the shape of /api/v1. It exists for the tests of the pages and for screenshots;
// it also serves ui/dist under the policy the real server uses, so that a page that needs more fails here first.
//
//   node e2e/fake/server.mjs [--port N] [--mode full|empty|errors|down|starting|long]
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeBoards, storeAnswer } from './boards.mjs'
import { HUGE, SPECIAL_SPAN, STALLED, WHOLE, callOf, exchangeOf, isCall, matchesCall, specialTrace } from './calls.mjs'
import { PNG, detailOf } from './detail.mjs'
import { filterAnswer, matcher } from './filter.mjs'
import { differenceAnswer, heatmapAnswer, queryAnswer } from './metrics.mjs'
import { lengthened } from './long.mjs'
import { hex, random } from './random.mjs'
import { agentTrace, bigTrace, rowOf, traceAnswer } from './traces.mjs'
import { cacheAnswer, diffAnswer, sessionAnswer, sessionRow, sessionsOf, similarAnswer, slowestAnswer } from './threads.mjs'
import { makeTraffic } from './traffic.mjs'

const DIST = fileURLToPath(new URL('../../dist', import.meta.url))
const POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.svg': 'image/svg+xml' }
export const BIG_10K = '1'.repeat(32)
export const BIG_100K = '2'.repeat(32)
export const FAILING = '3'.repeat(32)
const LIST_SIZE = 1284
/** So many traces give the list of calls its rows. */
const CALL_TRACES = 160

/** The traces of the list, newest first. Each is made again from its seed when it is opened. */
function makeList(now) {
  const next = random(11)
  const list = []
  let at = now - 20_000
  for (let i = 0; i < LIST_SIZE; i++) {
    const options = { failing: i % 9 === 4, unpriced: i % 13 === 6, orphan: i % 17 === 4 }
    const id = i === 4 ? FAILING : hex(next, 32)
    const special = i === 7 ? { id: BIG_10K, count: 10_000 } : i === 9 ? { id: BIG_100K, count: 100_000 } : null
    const start = new Date(at).toISOString().replace('Z', '000000Z')
    const make = special ? () => bigTrace(i + 1, special.count) : () => agentTrace(i + 1, options)
    const made = special ? bigTrace(i + 1, 200) : make()
    const more = {
      release: i < 700 ? 'v48' : 'v47', user_id: `u-${2000 + (i % 23)}`, session_id: `s-${(i % 57).toString(16)}`, environment: i % 5 === 0 ? 'staging' : 'production',
      ...(special ? { span_count: special.count, user_id: null, session_id: null } : {}), ...(i === 15 ? { has_root: false } : {}),
    }
    list.push({ row: rowOf(special?.id ?? id, start, made, more), make, startMs: at })
    at -= Math.floor(15_000 + next() * 95_000)
  }
  return list
}

/** Traces of one call each. They are not in the list of traces, whose counts other tests know. */
function makeSpecial(now) {
  return [STALLED, HUGE, WHOLE].map((id, index) => {
    const startMs = now - 8_000 - index * 4000
    const make = () => specialTrace(id)
    return { row: rowOf(id, new Date(startMs).toISOString().replace('Z', '000000Z'), make(), { feature: 'refunds' }), make, startMs }
  })
}

function callsOf(state) {
  state.calls ??= [...state.special, ...state.list.slice(0, CALL_TRACES).filter((item) => ![BIG_10K, BIG_100K].includes(item.row.trace_id))]
    .flatMap((item) => item.make().spans.filter(isCall).map((span) => callOf(item, span))).sort((a, b) => (a.start_time < b.start_time ? 1 : -1))
  return state.calls
}

/** The live tail: a call every few milliseconds, made of those of the list. */
function sendTail(state, request, response, query) {
  if (state.mode === 'errors') {
    response.writeHead(503, { 'content-type': 'application/json' })
    return response.end(JSON.stringify({ error: { code: 'unavailable', message: 'There are 16 readers of the tail already.', hint: 'Close a page that follows it.', request_id: 'req-tail' } }))
  }
  const test = matcher(query.get('filter'))
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write(': ping\n\n')
  if (state.mode === 'empty') return undefined
  const calls = callsOf(state).filter((call) => matchesCall(call, query) && test(call))
  let sent = 0
  const send = () => {
    const call = calls[sent % Math.max(1, calls.length)]
    if (call) response.write(`event: span\nid: ${sent}\ndata: ${JSON.stringify({ ...call, start_time: new Date().toISOString().replace('Z', '000000Z') })}\n\n`)
    if (++sent === 40) response.write('event: dropped\ndata: {"dropped": 17}\n\n')
  }
  for (let i = 0; i < state.tailBurst; i++) send()
  const timer = setInterval(send, state.tailEveryMs)
  state.tails.add(response)
  request.on('close', () => { clearInterval(timer); state.tails.delete(response) })
  return undefined
}

const FILTERS = { status: 'status', service: 'service', user: 'user_id', session: 'session_id', environment: 'environment', release: 'release' }

function matches(row, query, test) {
  if (!test(row)) return false
  for (const [name, field] of Object.entries(FILTERS)) if (query.get(name) && row[field] !== query.get(name)) return false
  if (query.get('model') && !row.models.includes(query.get('model'))) return false
  if (query.get('kind') && !['llm', 'tool', 'agent', 'workflow', 'guardrail', 'retrieval'].includes(query.get('kind'))) return false
  const words = (query.get('q') ?? '').toLowerCase()
  if (words && !`${row.input_preview} ${row.output_preview}`.toLowerCase().includes(words)) return false
  const at = Date.parse(row.start_time)
  return !(query.get('from') && at < Date.parse(query.get('from'))) && !(query.get('to') && at >= Date.parse(query.get('to')))
}

function histogram(rows, query, now) {
  const buckets = Math.max(1, Math.min(500, Number(query.get('buckets') ?? 60)))
  const to = query.get('to') ? Date.parse(query.get('to')) : now
  const from = query.get('from') ? Date.parse(query.get('from')) : Math.min(now - 1000, ...rows.map((row) => Date.parse(row.start_time)))
  const step = Math.max(1, Math.ceil((to - from) / buckets))
  const made = Array.from({ length: buckets }, (_, i) => ({ start_time: new Date(from + i * step).toISOString(), count: 0, error_count: 0, cost_usd: null }))
  for (const row of rows) {
    const bucket = made[Math.floor((Date.parse(row.start_time) - from) / step)]
    if (!bucket) continue
    bucket.count++
    if (row.status === 'error') bucket.error_count++
  }
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), bucket_ns: step * 1e6, buckets: made }
}

function facets(rows) {
  const count = (values) => {
    const counts = new Map()
    for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
    return [...counts].map(([value, n]) => ({ value, count: n })).sort((a, b) => b.count - a.count).slice(0, 20)
  }
  const of = (field) => count(rows.map((row) => row[field]))
  return { facets: { status: of('status'), service: of('service'), model: count(rows.flatMap((row) => row.models)), release: of('release'), environment: of('environment'), user: of('user_id'), kind: [{ value: 'llm', count: rows.length }, { value: 'tool', count: rows.length }] } }
}

const PROBLEMS = [
  { time: null, door: '/v1/trace', status: 404, message: 'There is no door at /v1/trace.', hint: 'Did you mean /v1/traces?', count: 3 },
  { time: null, door: '/v1/traces', status: 400, message: 'The body is not an OTLP export request: field 1 ends at byte 212 of 180.', hint: 'Is the content-encoding header right?', count: 1 },
]

function ingest(state) {
  const empty = state.mode === 'empty'
  const time = (ago) => new Date(Date.now() - ago).toISOString()
  return {
    needs_key: state.keyed, first_span_at: empty ? null : time(9e7), last_span_at: empty ? null : new Date(state.now - 20_000).toISOString(), spans_accepted: empty ? 0 : 18_204_117, spans_rejected: empty ? 0 : 12, quarantined: 0,
    by_door: empty ? [] : [{ door: 'otlp_http', path: '/v1/traces', requests: 41_220, accepted: 18_204_117, rejected: 12, last_at: time(20_000) }],
    recent_problems: PROBLEMS.map((item, index) => ({ ...item, time: time(12_000 + index * 30_000) })), backlog_records: empty ? 0 : 3, disk: { state: 'ok', log_bytes: 48_210_944 }, engine: { state: state.mode === 'starting' ? 'starting' : 'ready' },
  }
}

const DOCTOR = {
  unmapped: [['app.tenant', 'desk-api', 88_210, 'harbor'], ['app.retry_budget', 'desk-api', 4120, '3'], ['llm.is_streaming', 'openinference', 12, 'true']].map(([key, scope, count, example]) => ({ key, scope, count, example, last_seen: new Date().toISOString() })),
  malformed: [{ key: 'gen_ai.usage.input_tokens', scope: 'opentelemetry.instrumentation.demo', reason: 'expected an integer, got the text "many"', count: 7, example: 'many', last_seen: new Date().toISOString() }],
}

function priceRows(state, query) {
  if (query.get('unpriced') === '1') return { unpriced: state.overrides.some((item) => item.model === 'harbor-ft-3') ? [] : [{ provider: 'ollama', model: 'harbor-ft-3', calls: 98, last_seen: new Date().toISOString() }] }
  const all = ['claude-sonnet-4-5', 'claude-haiku-4-5', 'gpt-4.1', 'gpt-4.1-mini', 'text-embedding-3-large'].map((model, i) => ({
    price_id: `p-${i}`, provider: model.startsWith('claude') ? 'anthropic' : 'openai', model, effective_from: '2026-03-01T00:00:00Z', tier: null, rates: { input: `${i + 1}.000000`, cache_read: '0.100000', output: `${(i + 1) * 4}.000000` },
  }))
  const words = (query.get('q') ?? '').toLowerCase()
  return { prices: all.filter((row) => `${row.provider} ${row.model}`.includes(words)) }
}

/** Whether it can be asked, as /readyz says it. */
function readyAnswer(state, response) {
  const starting = state.mode === 'starting'
  const part = (ok, name) => ({ ok, state: name, reason: null })
  response.writeHead(starting ? 503 : 200, { 'content-type': 'application/json', ...(starting ? { 'retry-after': '1' } : {}) })
  response.end(JSON.stringify({ ready: !starting, parts: { engine: part(!starting, starting ? 'starting' : 'ready'), settling: part(!starting, starting ? 'preparing' : 'ready'), log: part(true, 'ok') } }))
}

/** Answered without the engine. */
const WITHOUT_ENGINE = ['ingest', 'project', 'views', 'dashboards', 'filter', 'tail']

const readBody = async (request) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

class Refusal extends Error {
  constructor(status, code, message, hint = null) {
    super(message)
    Object.assign(this, { status, code, hint })
  }
}

async function answer(state, request, url) {
  const query = url.searchParams
  const test = matcher(query.get('filter'))
  const rows = () => (state.mode === 'empty' ? [] : state.list.map((item) => item.row).filter((row) => matches(row, query, test)))
  const [, , , room, id, more, last] = url.pathname.split('/')
  if (state.mode === 'starting' && !WITHOUT_ENGINE.includes(room)) throw new Refusal(503, 'unavailable', 'The tables are being made.', 'the engine is starting or busy; spans are being kept meanwhile, ask again')
  if (state.mode === 'errors' && ['traces', 'sessions', 'calls', 'spans', 'facets', 'doctor', 'prices', 'query', 'heatmap', 'difference', 'sql', 'dashboards'].includes(room)) throw new Refusal(500, 'internal', 'The engine stopped while it was answering.', 'Ask again; if it stays, look into the log of the server.')
  const traffic = () => (state.mode === 'empty' ? [] : (state.traffic ??= makeTraffic(state.now)))
  if (['views', 'dashboards', 'project'].includes(room)) return storeAnswer(state.boards, room, request.method, id, ['POST', 'PUT'].includes(request.method) ? JSON.parse(await readBody(request)) : null)
  if (room === 'filter') return filterAnswer(query, query.get('unit') === 'traces' ? state.list.map((item) => item.row) : query.get('unit') === 'calls' ? callsOf(state) : traffic())
  if (room === 'query' && id === 'forecast') return { from: new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), 1)).toISOString(), to: new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 1, 1)).toISOString(), measure: 'sum(cost_usd)', unit: 'usd', actual: '218.400000000', forecast: '321.000000000', low: '297.500000000', high: '344.500000000', confidence: 0.95, method: 'weekdays', days_used: 28, elapsed_ms: 9 }
  if (room === 'query' && id === 'what-if') return { provider: 'openai', model: 'gpt-4.1-mini', calls: 2230, unpriced_calls: 144, what_if_unpriced_calls: 0, cost_usd: '11.140000000', what_if_cost_usd: '4.020000000', difference_usd: '-7.120000000', models: [{ provider: 'anthropic', model: 'claude-sonnet-4-5', calls: 697, cost_usd: '7.400000000', what_if_cost_usd: '1.310000000' }], note: 'Tokens are those that the present model counted.', elapsed_ms: 12 }
  if (room === 'query') return queryAnswer(traffic(), JSON.parse(await readBody(request)), state.now)
  if (room === 'difference') return differenceAnswer(traffic(), JSON.parse(await readBody(request)), state.now)
  if (room === 'heatmap') return heatmapAnswer(traffic(), JSON.parse(await readBody(request)), state.now)
  if (room === 'projects') return { projects: state.mode === 'empty' ? [] : [{ name: 'default', trace_count: state.list.length }, { name: 'demo', trace_count: 200 }] }
  if (room === 'ingest') return ingest(state)
  if (room === 'doctor') return DOCTOR
  if (room === 'storage') return { tables: state.mode === 'empty' ? [] : [['messages', 4_810_220, 2_190_000_000], ['spans', 18_204_117, 1_310_000_000], ['token_timeline', 3_204_117, 310_000_000], ['traces', 204_117, 88_000_000]].map(([name, rows, bytes]) => ({ name, rows, bytes })), bytes: state.mode === 'empty' ? 0 : 3_898_000_000, elapsed_ms: 12 }
  if (room === 'facets') return facets(rows())
  if (room === 'prices') return pricesAnswer(state, request, query, id)
  if (room === 'sql') return sqlAnswer(JSON.parse(await readBody(request)).query)
  if (room === 'traces' && id === 'histogram') return histogram(rows(), query, state.now)
  if (room === 'traces' && id === 'slowest') return slowestAnswer(rows(), Number(query.get('per_mille') ?? 10))
  if (room === 'sessions') return threads(state, query, test, id, more)
  if (room === 'traces' && id === undefined) {
    const found = rows()
    const from = Number(query.get('cursor') ?? 0)
    const limit = Number(query.get('limit') ?? 100)
    return { traces: found.slice(from, from + limit), next_cursor: from + limit < found.length ? String(from + limit) : null, elapsed_ms: 11.4 }
  }
  if (room === 'calls' && id === undefined) {
    const found = state.mode === 'empty' ? [] : callsOf(state).filter((call) => matchesCall(call, query) && test(call))
    const from = Number(query.get('cursor') ?? 0)
    const limit = Number(query.get('limit') ?? 100)
    return { calls: found.slice(from, from + limit), next_cursor: from + limit < found.length ? String(from + limit) : null, elapsed_ms: 9.2 }
  }
  const item = [...state.special, ...state.list].find((one) => one.row.trace_id === id)
  if (!item) throw new Refusal(404, 'not_found', `There is no trace ${id}.`)
  const made = state.opened.get(id) ?? item.make()
  state.opened.set(id, made)
  if (room === 'traces' && more === 'cache') return cacheAnswer([item])
  if (room === 'traces' && more === 'similar') return similarAnswer(state.list, id)
  if (room === 'traces' && more === 'diff') {
    const other = state.list.find((one) => one.row.trace_id === last)
    if (!other) throw new Refusal(404, 'not_found', `There is no trace ${last}.`)
    return diffAnswer(item, other)
  }
  if (room === 'traces') return traceAnswer(item.row, made)
  const span = made.spans.find((one) => one.span_id === more)
  if (!span) throw new Refusal(404, 'not_found', `There is no span ${more} in this trace.`)
  if (room === 'calls') return { attempts: made.spans.filter((one) => one === span || (one.call_id !== undefined && one.call_id === span.call_id)).map((one) => callOf(item, one)) }
  if (room === 'exchanges') {
    if (id !== STALLED || more !== SPECIAL_SPAN) throw new Refusal(404, 'not_found', 'This call has no exchange.')
    return exchangeOf(span)
  }
  if (last === 'reproduce') return { version: 1, span: detailOf(id, item.startMs, span) }
  return detailOf(id, item.startMs, span)
}

/** Sessions: the list, one of them, its cache lens. */
function threads(state, query, test, id, more) {
  const all = state.mode === 'empty' ? [] : (state.sessions ??= sessionsOf(state.list))
  if (id === undefined) {
    const found = all.filter((items) => items.some((item) => matches(item.row, query, test))).map(sessionRow)
    const from = Number(query.get('cursor') ?? 0)
    const limit = Number(query.get('limit') ?? 100)
    return { sessions: found.slice(from, from + limit), next_cursor: from + limit < found.length ? String(from + limit) : null, elapsed_ms: 8.3 }
  }
  const items = all.find((group) => group[0].row.session_id === decodeURIComponent(id))
  if (!items) throw new Refusal(404, 'not_found', `There is no session ${id}.`)
  return more === 'cache' ? cacheAnswer(items) : sessionAnswer(items, query)
}

async function pricesAnswer(state, request, query, id) {
  if (id !== 'overrides') return priceRows(state, query)
  if (request.method === 'PUT') {
    const body = JSON.parse(await readBody(request))
    state.overrides.push({ price_id: `o-${state.overrides.length}`, provider: body.provider ?? '', model: body.model, effective_from: body.effective_from ?? null, rates: body.rates })
  }
  if (request.method === 'DELETE') state.overrides = state.overrides.filter((item) => item.price_id !== query.get('price_id'))
  return { overrides: state.overrides }
}

function sqlAnswer(query) {
  if (/^DESCRIBE (calls|spans)$/.test(query)) return { columns: [{ name: 'name', type: 'String' }, { name: 'type', type: 'String' }], rows: [['trace_id', 'String'], ['start_time', "DateTime64(9, 'UTC')"], ['response_model', 'LowCardinality(String)'], ['cost_usd', 'Nullable(Decimal(18, 9))']], elapsed_ms: 1 }
  if (!/^\s*select/i.test(query)) throw new Refusal(400, 'invalid_input', 'Only SELECT is answered here.', 'The views are read-only.')
  if (/FROM ingest_ledger/.test(query)) return { columns: ['door', 'reason', 'accepted', 'rejected', 'dropped', 'quarantined'].map((name) => ({ name, type: 'String' })), rows: [['gateway', '', 41209, 0, 0, 0], ['gateway', 'unrecorded', 0, 0, 12, 0], ['otlp_http', '', 1_204_380, 0, 0, 0], ['otlp_http', 'invalid_item', 0, 31, 0, 0], ['otlp_http', 'refused_by_engine', 0, 0, 0, 2], ['scores', '', 9120, 0, 0, 0]], elapsed_ms: 2 }
  if (/arrayZip\(tool_call_names/.test(query)) return { columns: ['name', 'arguments', 'runs', 'trace', 'span'].map((name) => ({ name, type: 'String' })), rows: [['search_flights', '{"from":"LIS","to":"OPO","carrier":"IB"}', 14, FAILING, 'a'.repeat(16)], ['charge_card', '{"amount":0}', 2, FAILING, 'a'.repeat(16)]], elapsed_ms: 2 }
  if (/argMax\(good, time\)/.test(query)) return { columns: ['name', 'finished', 'judged'].map((name) => ({ name, type: 'String' })), rows: [['resolution', 31, 42]], elapsed_ms: 2 }
  if (/judge_cost_usd/.test(query)) return { columns: ['cost', 'priced', 'verdicts'].map((name) => ({ name, type: 'Float64' })), rows: [[0.412, 96, 340]], elapsed_ms: 2 }
  if (/AS source, status, retrieval_count/.test(query)) return { columns: ['source', 'found', 'failed', 'searches', 'broken', 'nothing'].map((name) => ({ name, type: 'String' })), rows: [['tickets', 210, 38, 260, 4, 31], ['policies', 640, 40, 702, 0, 12]], elapsed_ms: 3 }
  if (/FROM scores/.test(query)) return { columns: [{ name: 'name', type: 'String' }], rows: [['faithfulness']], elapsed_ms: 1 }
  if (/arrayJoin\(retrieval\)/.test(query)) return { columns: ['document', 'source', 'n', 'in_errors', 'score'].map((name) => ({ name, type: 'String' })), rows: [['kb-17', 'policies', 412, 31, 0.61], ['kb-204', 'fares', 380, 4, 0.72]], elapsed_ms: 3 }
  return { columns: [{ name: 'response_model', type: 'String' }, { name: 'calls', type: 'UInt64' }, { name: 'cost_usd', type: 'Nullable(Decimal(18, 9))' }], rows: [['claude-sonnet-4-5', 8120, '41.220000000'], ['harbor-ft-3', 98, null]], elapsed_ms: 8.1 }
}

function sendFile(response, path) {
  const file = normalize(join(DIST, path))
  const found = file.startsWith(DIST) && existsSync(file) && statSync(file).isFile() ? file : join(DIST, 'index.html')
  response.writeHead(200, { 'content-type': TYPES[extname(found)] ?? 'application/octet-stream', 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff' })
  createReadStream(found).pipe(response)
}

/** Starts the server; returns its address and how to stop it. `mode` says what it has: down, that it hangs up whenever the API is asked; starting, that its engine does not answer yet; `state.mode` may be changed while it runs. `delayMs` slows every answer of the API; `keyed` says that it asks for keys, though it lets everybody in. */
export async function start({ port = 0, mode = 'full', delayMs = 0, keyed = false } = {}) {
  const now = Date.now()
  const state = { mode, keyed, now, list: makeList(now), special: makeSpecial(now), opened: new Map(), overrides: [], boards: makeBoards(mode), requests: [], probes: 0, tails: new Set(), tailEveryMs: 400, tailBurst: 12 }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    if (url.pathname === '/readyz') {
      state.probes++
      return state.mode === 'down' ? request.socket.destroy() : readyAnswer(state, response)
    }
    if (!url.pathname.startsWith('/api/')) return sendFile(response, url.pathname)
    state.requests.push(`${request.method} ${url.pathname}${url.search}`)
    if (state.mode === 'down') return request.socket.destroy()
    if (url.pathname.startsWith('/api/v1/attachments/')) {
      response.writeHead(200, { 'content-type': 'image/png' })
      return response.end(Buffer.from(PNG, 'base64'))
    }
    const send = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': `req-${state.requests.length}` })
      response.end(JSON.stringify(body))
    }
    const refuse = (error) => send(error.status ?? 500, { error: { ...(error.suggestion === undefined ? {} : { from: error.from, to: error.to, suggestion: error.suggestion }), code: error.code ?? 'internal', message: error.message, hint: error.hint ?? null, request_id: `req-${state.requests.length}` } })
    if (url.pathname === '/api/v1/tail') {
      try {
        return sendTail(state, request, response, url.searchParams)
      } catch (error) {
        return refuse(error)
      }
    }
    // An answer that never comes does not keep the tests from ending.
    setTimeout(() => answer(state, request, url).then(
      (body) => send(200, state.mode === 'long' ? lengthened(url.pathname.split('/')[3], body) : body),
      refuse,
    ), delayMs).unref()
  })
  await new Promise((done) => server.listen(port, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${server.address().port}`, state, stop: () => new Promise((done) => { server.close(done); server.closeAllConnections() }) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, fallback) => (process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : fallback)
  const running = await start({ port: Number(option('port', '0')), mode: option('mode', 'full') })
  console.log(`ready ${running.url}`)
}

// The detail of a span: conversation, attributes, events, price and timeline, invented from the span's own row.
import { between, hex, random } from './random.mjs'
import { MODELS } from './traces.mjs'

/** A red square, 8 by 8, as PNG bytes in base64. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFklEQVR4nGO8oaHBgA0wYRUdtBIAYy8BXX3dQEsAAAAASUVORK5CYII='

const message = (role, parts, position, isNew, more = {}) => ({ hash: `${role}${position}`.padEnd(32, '0'), role, parts, is_new: isNew, position, ...more })
const text = (content) => ({ type: 'text', content })

function conversation(span) {
  const question = span.input_preview ?? 'Where is parcel PX-1042?'
  const history = [
    message('system', [text('You are the parcel desk.\n\n- Look before you answer.\n- Never promise a date the carrier has not given.\n- Amounts in EUR.')], 0, false),
    message('user', [text('Hello, can you help me with a shipment?')], 1, false),
    message('assistant', [text('Of course. What is the number of the shipment?')], 2, false),
    message('user', [text('PX-1042')], 3, false),
    message('assistant', [text('Thank you, one moment.'), { type: 'tool_call', id: 'call_8Kd2Q', name: 'find_parcel', arguments: '{"parcel":"PX-1042"}' }], 4, false),
    message('tool', [{ type: 'tool_call_response', id: 'call_8Kd2Q', name: 'find_parcel', response: '{"state":"in transit","hub":"Ghent"}' }], 5, false),
    message('assistant', [text('It is in the hub in Ghent.')], 6, false),
  ]
  const fresh = [
    message('user', [text(question), { type: 'blob', modality: 'image', mime_type: 'image/png', attachment: 'a'.repeat(32) }, { type: 'uri', modality: 'image', mime_type: 'image/jpeg', uri: 'https://example.test/label.jpg' }], 7, true),
    message('assistant', [{ type: 'tool_call', id: 'call_9Qx7A', name: 'carrier_status', arguments: '{"parcel": "PX-1042", "carrier": "north", "since": 1763600000}' }], 8, true),
    message('tool', [{ type: 'tool_call_response', id: 'call_9Qx7A', name: 'carrier_status', response: '{ "error": "timeout", "hint": "ask again in a minute" }' }], 9, true),
  ]
  const parts = [{ type: 'reasoning', content: 'The carrier did not answer. The ledger of the hub may know more; ask it before answering the customer.' }]
  if (span.finish_reason === 'tool_call') parts.push(text('The carrier is not answering. I will look into the hub.'), { type: 'tool_call', id: 'call_77Bz1', name: 'ledger', arguments: '{"hub":"Ghent","parcel":"PX-1042"}' })
  else parts.push(text(`${span.output_preview ?? 'It was handed to a neighbour.'}\n\n| step | time |\n|---|---|\n| hub | 09:12 |\n| door | 11:40 |\n\n\`\`\`json\n{"signed": true}\n\`\`\`\n\n<img src=x onerror="window.__hacked=1"> ![map](https://example.test/map.png)`))
  return [[...history, ...fresh], [message('assistant', parts, 0, true, { choice: 0, finish_reason: span.finish_reason })]]
}

function rates(model) {
  const [, input, cache, output] = MODELS[model] ?? []
  return input == null ? null : { input: String(input.toFixed(6)), cache_read: String(cache.toFixed(6)), output: String(output.toFixed(6)) }
}

/** A call whose course is given: its own words and timeline. */
function specialDetail(detail, { text: words, timeline = null, ...span }) {
  const said = words === undefined ? [] : [message('assistant', [text(words)], 0, true, { choice: 0, finish_reason: span.finish_reason })]
  const seconds = ((span.duration_ns ?? 0) - (span.ttft_ns ?? 0)) / 1e9
  return { ...detail, timeline, output_messages: said, attributes: [], http_status: span.http_status ?? null, tpot_ns: timeline ? (seconds * 1e9) / span.output_tokens : null, output_tokens_per_second: timeline ? span.output_tokens / seconds : null, call_id: span.call_id ?? null }
}

export function detailOf(traceId, startMs, span) {
  if (span.trace === undefined) return plainDetail(traceId, startMs, span)
  const { text: words, timeline, trace, ...rest } = span
  return specialDetail(plainDetail(traceId, startMs, rest), { ...rest, text: words, timeline })
}

function plainDetail(traceId, startMs, span) {
  const next = random(Number.parseInt(span.span_id.slice(0, 7), 16))
  const call = span.kind === 'llm'
  const [input, output] = call ? conversation(span) : [[], []]
  const used = rates(span.response_model)
  const at = (ns) => new Date(startMs + ns / 1e6).toISOString().replace('Z', '000000Z')
  const offsets = call ? Array.from({ length: 60 }, (_, i) => Math.round((span.ttft_ns ?? 0) + ((span.duration_ns - (span.ttft_ns ?? 0)) * i) / 60 + between(next, 0, 4e6))) : []
  const inputNano = used === null ? 0 : (span.input_tokens ?? 0) * Number(used.input) * 1000
  return {
    project: 'default', trace_id: traceId, ...span, start_time: at(span.offset_ns), end_time: at(span.offset_ns + span.duration_ns), operation: call ? 'chat' : null, environment: 'production',
    release: 'v48', user_id: 'u-2093', session_id: 's-71aa', temperature: call ? 0.2 : null, top_p: null, max_tokens: call ? 1024 : null, seed: call ? 7 : null,
    params: call ? { parallel_tool_calls: true, stop: ['###'] } : {}, response_id: call ? `resp_${hex(next, 12)}` : null, usage_source: call ? 'provider' : null,
    input_cost_usd: used ? (inputNano / 1e9).toFixed(9) : null, cache_read_cost_usd: used ? '0.000120000' : null, output_cost_usd: used ? '0.001830000' : null,
    scope_name: 'opentelemetry.instrumentation.demo', scope_version: '1.4.0', http_status: span.status === 'error' ? 504 : null, tpot_ns: call ? 23_400_000 : null, output_tokens_per_second: call ? 38.1 : null,
    input_messages: span.kind === 'embedding' ? [message('input', [text('lost parcel neighbour policy')], 0, true)] : input, output_messages: output,
    tool_definitions: call ? [{ hash: 'b'.repeat(32), name: 'carrier_status', description: 'Asks the carrier where a parcel is.', parameters: { type: 'object', properties: { parcel: { type: 'string' } }, required: ['parcel'] } }] : [],
    retrieval: span.kind === 'retrieval' ? [['policy-12', 0.874], ['policy-3', 0.731], ['faq-88', 0.412], ['faq-2', null]].map(([id, score]) => ({ id, score, hash: 'c'.repeat(32), data_source: 'policies' })) : [],
    attributes: [
      { key: 'app.tenant', type: 's', value: 'harbor' }, { key: 'app.retry_budget', type: 'i', value: 3 }, { key: 'app.flags', type: 'j', value: ['fast', 'eu'] },
      { key: 'app.blob', type: 's', value: 'data:image/png;base64,' + 'iVBORw0KGgoAAAANSUhEUg'.repeat(400) },
    ],
    resource: [{ key: 'service.name', type: 's', value: span.service }, { key: 'telemetry.sdk.language', type: 's', value: 'python' }, { key: 'host.name', type: 's', value: 'desk-2' }],
    events: span.status === 'error' ? [{ name: 'exception', time: at(span.offset_ns + span.duration_ns), attributes: [{ key: 'exception.type', type: 's', value: 'TimeoutError' }, { key: 'exception.message', type: 's', value: span.status_message }] }] : [],
    links: [],
    price: used ? { price_id: `${span.provider}/${span.response_model}@2026-03-01`, provider: span.provider, model: span.response_model, effective_from: '2026-03-01T00:00:00Z', tier: null, rates: used } : null,
    timeline: call ? { offsets_ns: offsets, sizes: offsets.map(() => between(next, 1, 9)) } : null,
  }
}

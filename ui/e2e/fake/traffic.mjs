// Two days of invented traffic for the metrics: a release in it makes one feature dearer and slower, one tool begins to
// fail, some calls have no price. Deterministic, so that the same page always shows the same story.
import { hex, random } from './random.mjs'

const HOUR = 3_600_000
const FEATURES = [['refund-triage', 0.32, 'claude-sonnet-4-5', 'anthropic'], ['rebook-agent', 0.3, 'gpt-4.1', 'openai'], ['policy-qa', 0.2, 'gpt-4o-mini', 'openai'], ['voice-summary', 0.12, 'gemini-2.5-flash', 'google'], ['itinerary', 0.06, 'harbor-ft-3', 'ollama']]
const PRICES = { 'claude-sonnet-4-5': [3, 15, 0.3], 'gpt-4.1': [2, 8, 0.5], 'gpt-4o-mini': [0.15, 0.6, 0.075], 'gemini-2.5-flash': [0.3, 2.5, 0.03] }
const TOOLS = [['search_flights', 0.03], ['get_booking', 0.01], ['refund_policy', 0.005], ['charge_card', 0.02]]
const SOURCES = ['policies', 'fares', 'tickets']

const daily = (ms) => 0.45 + 0.55 * Math.exp(-(((((ms / HOUR) % 24) - 14) ** 2) / 30))
const skewed = (next, middle, spread) => middle * Math.exp((next() + next() + next() - 1.5) * spread)

function callAt(next, ms, changed) {
  let pick = next()
  const [feature, , model, provider] = FEATURES.find((item) => (pick -= item[1]) < 0) ?? FEATURES[0]
  const failed = next() < (feature === 'rebook-agent' ? 0.03 : 0.011)
  const broken = changed && feature === 'refund-triage'
  const input = Math.round(skewed(next, 2600, 1.1))
  const output = failed ? 0 : Math.round(skewed(next, 240, 1.2))
  const cached = Math.round(input * (broken ? 0.2 : 0.72) * (0.8 + 0.4 * next()))
  const price = PRICES[model]
  const cost = failed || !price ? null : ((input - Math.min(cached, input)) * price[0] + Math.min(cached, input) * price[2] + output * price[1]) / 1e6
  const ttft = skewed(next, broken ? 1.05e9 : 0.68e9, 0.9)
  return {
    kind: 'llm', trace_id: hex(next, 32), span_id: hex(next, 16), start_time: new Date(ms).toISOString(), ms, duration_ns: Math.round(ttft + output * 9e6), ttft_ns: failed ? null : Math.round(ttft), status: failed ? 'error' : 'ok', error_type: failed ? (next() < 0.6 ? 'rate_limit' : 'timeout') : '',
    feature, model, provider, request_model: model, response_model: model, service: 'desk-api', environment: next() < 0.85 ? 'production' : 'staging', release: changed ? 'v48' : 'v47', prompt: feature, prompt_version: broken ? '13' : '12',
    user_id: `u-${Math.floor(next() ** 2 * 90)}`, session_id: `s-${Math.floor(next() * 900)}`, input_tokens: input, cached_input_tokens: Math.min(cached, input), output_tokens: output, cost_usd: cost, finish_reason: failed ? 'error' : next() < 0.04 ? 'length' : 'stop',
    'score.faithfulness': next() < 0.3 && !failed ? Math.min(1, 0.87 + (next() - 0.5) * 0.2) : null, refusal: next() < (broken ? 0.014 : 0.02), name: `chat ${model}`, attempt: next() < 0.03 ? 2 : 1,
  }
}

function stepAt(next, ms, changed) {
  const common = { trace_id: hex(next, 32), span_id: hex(next, 16), start_time: new Date(ms).toISOString(), ms, release: changed ? 'v48' : 'v47', service: 'desk-api', environment: 'production', feature: FEATURES[Math.floor(next() * 3)][0], user_id: `u-${Math.floor(next() * 90)}`, attempt: 1, cost_usd: null }
  if (next() < 0.6) {
    const [tool, share] = TOOLS[Math.floor(next() * TOOLS.length)]
    const failed = next() < (changed && tool === 'search_flights' ? 0.3 : share)
    return { ...common, kind: 'tool', name: tool, tool_name: tool, status: failed ? 'error' : 'ok', error_type: failed ? 'timeout' : '', duration_ns: Math.round(failed ? 3e9 : skewed(next, 0.24e9, 1.4)), attempt: failed && next() < 0.5 ? 2 : 1 }
  }
  const count = Math.floor(next() * 9)
  return { ...common, kind: 'retrieval', name: 'search', data_source: SOURCES[Math.floor(next() * 3)], status: 'ok', error_type: '', duration_ns: Math.round(skewed(next, 0.09e9, 1)), retrieval_count: count, 'retrieval.count': count, retrieval_avg_score: count === 0 ? null : 0.4 + next() * 0.5 }
}

/** Calls and steps, oldest first. */
export function makeTraffic(now) {
  const next = random(2026)
  const rows = []
  const release = now - 15 * HOUR
  for (let ms = now - 48 * HOUR; ms < now; ms += 26_000 / daily(ms)) {
    rows.push(callAt(next, ms, ms >= release))
    if (next() < 0.7) rows.push(stepAt(next, ms + 400, ms >= release))
  }
  return rows
}

// /api/v1/query, /difference and /heatmap over rows in memory, with the shapes of the real ones.
import { matcher } from './filter.mjs'

const COLUMNS = { duration: 'duration_ns', ttft: 'ttft_ns', user: 'user_id', session: 'session_id', tool: 'tool_name' }
const UNITS = { duration: 'ns', ttft: 'ns', tpot: 'ns', cost_usd: 'usd', saved_cost_usd: 'usd', output_tokens_per_second: 'per_second' }
const valueOf = (row, name) => {
  if (name === 'total_tokens') return row.input_tokens === undefined ? null : row.input_tokens + row.output_tokens
  if (name.startsWith('attr.')) return row[name] ?? null
  if (name === 'output_tokens_per_second') return row.output_tokens > 0 ? (row.output_tokens / (row.duration_ns - row.ttft_ns)) * 1e9 : null
  return row[COLUMNS[name] ?? name] ?? null
}
const unitOf = (name) => UNITS[name] ?? (name.endsWith('tokens') ? 'tokens' : name.startsWith('score.') || name.includes('score') ? 'score' : 'count')
const share = (rows, of, test) => { const all = rows.filter(of); return all.length === 0 ? null : all.filter(test).length / all.length }
const distinct = (rows, column) => new Set(rows.map((row) => row[column]).filter(Boolean)).size
const sum = (values) => values.reduce((total, value) => total + value, 0)
const any = () => true

function histogramOf(values) {
  const counts = new Map()
  for (const value of values) { const bucket = value <= 0 ? -400 : Math.floor(Math.log(value) / Math.log(1.1)); counts.set(bucket, (counts.get(bucket) ?? 0) + 1) }
  return [...counts].sort((a, b) => a[0] - b[0]).map(([bucket, count]) => (bucket === -400 ? [0, 0, count] : [1.1 ** bucket, 1.1 ** (bucket + 1), count]))
}

const PLAIN = {
  count: ['count', (rows) => rows.length], error_count: ['count', (rows) => rows.filter((row) => row.status === 'error').length], error_rate: ['ratio', (rows) => share(rows, any, (row) => row.status === 'error')],
  rate: ['per_second', (rows, seconds) => rows.length / seconds], users: ['count', (rows) => distinct(rows, 'user_id')], sessions: ['count', (rows) => distinct(rows, 'session_id')], traces: ['count', (rows) => distinct(rows, 'trace_id')],
  cache_hit_rate: ['ratio', (rows) => { const input = sum(rows.map((row) => row.input_tokens ?? 0)); return input === 0 ? null : sum(rows.map((row) => row.cached_input_tokens ?? 0)) / input }],
  unpriced_count: ['count', (rows) => rows.filter((row) => row.kind === 'llm' && row.cost_usd === null && row.status === 'ok').length], refusal_rate: ['ratio', (rows) => share(rows, any, (row) => row.refusal)],
  tool_success_rate: ['ratio', (rows) => share(rows, (row) => row.kind === 'tool', (row) => row.status === 'ok')], retry_rate: ['ratio', (rows) => share(rows, any, (row) => row.attempt > 1)], fallback_rate: ['ratio', (rows) => share(rows, any, () => false)],
  output_input_ratio: ['ratio', (rows) => { const input = sum(rows.map((row) => row.input_tokens ?? 0)); return input === 0 ? null : sum(rows.map((row) => row.output_tokens ?? 0)) / input }], guardrail_block_rate: ['ratio', () => null],
}

/** One measure: its unit and how it is computed; formulas of two. */
function measure(text) {
  const plain = PLAIN[text.trim()]
  if (plain) return plain
  const call = /^(sum|avg|min|max|p\d+|histogram)\(([\w.]+)\)$/.exec(text.trim())
  if (call) {
    const [, kind, name] = call
    return [unitOf(name), (rows) => {
      const values = rows.map((row) => valueOf(row, name)).filter((value) => value !== null)
      if (values.length === 0) return null
      if (kind === 'histogram') return histogramOf(values)
      if (kind === 'sum') return sum(values)
      if (kind === 'avg') return sum(values) / values.length
      if (kind === 'min' || kind === 'max') return Math[kind](...values)
      values.sort((a, b) => a - b)
      return values[Math.min(values.length - 1, Math.floor((Number(kind.slice(1)) / 100) * values.length))]
    }]
  }
  const formula = /^(.+?)\s*([/*+-])\s*([\w().]+)$/.exec(text)
  if (!formula) throw Object.assign(new Error(`There is no measure "${text}"`), { status: 400, code: 'invalid_input', hint: 'Measures are count, error_rate, p95(duration), sum(cost_usd) …' })
  const [left, right] = [measure(formula[1]), measure(formula[3])]
  const apply = { '/': (a, b) => (b === 0 ? null : a / b), '*': (a, b) => a * b, '+': (a, b) => a + b, '-': (a, b) => a - b }[formula[2]]
  return [left[0], (rows, seconds) => { const [a, b] = [left[1](rows, seconds), right[1](rows, seconds)]; return a === null || b === null ? null : apply(a, b) }]
}

const INTERVALS = { '1m': 60e3, '5m': 300e3, '15m': 900e3, '1h': 3600e3, '6h': 21600e3, '1d': 86400e3 }
const money = (unit, value) => (value === null || Array.isArray(value) ? value : unit === 'usd' ? value.toFixed(9) : value)

function ranges(body, now) {
  const to = body.to ? Date.parse(body.to) : now
  const from = body.from ? Date.parse(body.from) : to - 24 * 3600e3
  const before = body.compare === 'previous' ? [2 * from - to, from] : body.compare?.from ? [Date.parse(body.compare.from), Date.parse(body.compare.to)] : body.compare?.filter !== undefined ? [from, to] : null
  return { from, to, before }
}

const ofUnit = (rows, unit) => (unit === 'spans' ? rows : rows.filter((row) => row.kind === 'llm'))

export function queryAnswer(all, body, now) {
  const { from, to, before } = ranges(body, now)
  const rows = ofUnit(all, body.unit)
  const test = matcher(body.filter)
  const otherTest = body.compare?.filter === undefined ? test : matcher(body.compare.filter)
  const inside = (row, [low, high]) => row.ms >= low && row.ms < high
  const mine = rows.filter((row) => inside(row, [from, to]) && test(row))
  const theirs = before ? rows.filter((row) => inside(row, before) && otherTest(row)) : null
  const measures = body.measures.map((name) => ({ name, made: measure(name) }))
  const step = body.interval === 'auto' ? Object.values(INTERVALS).find((ms) => (to - from) / ms <= 100) ?? 86400e3 : INTERVALS[body.interval]
  const starts = step ? Array.from({ length: Math.ceil((to - Math.floor(from / step) * step) / step) }, (_, i) => Math.floor(from / step) * step + i * step) : null
  const values = (part, seconds) => measures.map(({ made }) => money(made[0], made[1](part, seconds)))
  const series = (part, shift) => {
    if (!starts) return null
    const buckets = starts.map(() => [])
    for (const row of part) buckets[Math.floor((row.ms + shift - starts[0]) / step)]?.push(row)
    return measures.map(({ made }) => buckets.map((bucket) => money(made[0], bucket.length === 0 && made[0] !== 'count' && made[0] !== 'usd' ? null : made[1](bucket, step / 1000))))
  }
  const both = (part, other) => ({
    values: values(part, (to - from) / 1000), compare: other ? values(other, (before[1] - before[0]) / 1000) : null, series: series(part, 0), compare_series: other ? series(other, from - before[0]) : null,
  })
  const groups = new Map()
  const keyOf = (row) => (body.group_by ?? []).map((name) => String(row[COLUMNS[name] ?? name] ?? ''))
  const fill = (part, side) => { for (const row of part) { const key = JSON.stringify(keyOf(row)); if (!groups.has(key)) groups.set(key, [[], []]); groups.get(key)[side].push(row) } }
  if (body.group_by?.length) { fill(mine, 0); fill(theirs ?? [], 1) }
  const order = measures[Math.max(0, body.measures.indexOf(body.order ?? body.measures[0]))].made
  const sorted = [...groups].map(([key, [part, other]]) => ({ key: JSON.parse(key), part, other, rank: order[1](part, 1) ?? -1 })).sort((a, b) => b.rank - a.rank)
  const top = body.top ?? 10
  const rest = sorted.slice(top)
  const made = sorted.slice(0, top).map(({ key, part, other }) => ({ key, is_other: false, ...both(part, theirs && other) }))
  if (rest.length > 0) made.push({ key: (body.group_by ?? []).map(() => ''), is_other: true, ...both(rest.flatMap((item) => item.part), theirs && rest.flatMap((item) => item.other)) })
  const unpriced = (part) => (part ? PLAIN.unpriced_count[1](part) : null)
  return {
    from: new Date(from).toISOString(), to: new Date(to).toISOString(), measures: measures.map(({ name, made: [unit] }) => ({ name, unit, source: 'rows', error: 0 })), dimensions: body.group_by ?? [], buckets: starts?.map((ms) => new Date(ms).toISOString()) ?? null,
    totals: both(mine, theirs), groups: made, group_count: sorted.length, unpriced_calls: unpriced(mine), compare_unpriced_calls: unpriced(theirs), elapsed_ms: 12.3,
  }
}

const DIMENSIONS = ['model', 'provider', 'feature', 'release', 'environment', 'prompt_version', 'status', 'error_type', 'finish_reason', 'tool_name', 'user']

export function differenceAnswer(all, body, now) {
  const { from, to } = ranges(body, now)
  const mine = ofUnit(all, body.unit).filter((row) => row.ms >= from && row.ms < to).filter(matcher(body.filter))
  const test = matcher(body.selection)
  const [selected, other] = [mine.filter(test), mine.filter((row) => !test(row))]
  const found = DIMENSIONS.flatMap((dimension) => {
    const column = COLUMNS[dimension] ?? dimension
    return [...new Set(mine.map((row) => String(row[column] ?? '')))].map((value) => {
      const [a, b] = [selected, other].map((part) => part.filter((row) => String(row[column] ?? '') === value).length)
      const [x, y] = [a / (selected.length || 1), b / (other.length || 1)]
      return { dimension, value, selected_share: x, other_share: y, selected_count: a, other_count: b, score: Math.abs(x - y) }
    })
  }).filter((item) => item.score > 0.02).sort((a, b) => b.score - a.score).slice(0, 40)
  return { selected_count: selected.length, other_count: other.length, sampling: 1, selected_sampling: 1, dimensions: found, elapsed_ms: 31.2 }
}

export function heatmapAnswer(all, body, now) {
  const { from, to } = ranges(body, now)
  const rows = ofUnit(all, body.unit).filter((row) => row.ms >= from && row.ms < to).filter(matcher(body.filter)).map((row) => [row.ms, valueOf(row, body.measure)]).filter(([, value]) => value !== null && value > 0)
  const [low, high] = [Math.min(...rows.map((row) => row[1])), Math.max(...rows.map((row) => row[1])) * 1.0001]
  const bounds = rows.length === 0 ? [] : Array.from({ length: body.rows + 1 }, (_, i) => low * (high / low) ** (i / body.rows))
  const counts = Array.from({ length: body.columns }, () => new Array(body.rows).fill(0))
  for (const [ms, value] of rows) counts[Math.floor(((ms - from) / (to - from)) * body.columns)][Math.min(body.rows - 1, Math.floor((Math.log(value / low) / Math.log(high / low)) * body.rows))]++
  return { buckets: counts.map((_, i) => new Date(from + ((to - from) * i) / body.columns).toISOString()), bounds, counts, elapsed_ms: 40.1 }
}

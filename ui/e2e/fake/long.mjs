// Answers whose names are as long as senders make them, without a space to break at, and whose sums are those of a large company.
const NAMES = new Set(['name', 'model', 'models', 'request_model', 'response_model', 'provider', 'service', 'services', 'feature', 'user_id', 'release', 'environment', 'tool_name', 'agent_name', 'finish_reason', 'error_type', 'tags', 'key', 'value', 'scope', 'door', 'document', 'source', 'title', 'description', 'status_message', 'input_preview', 'output_preview'])
/** Names that are chosen from a closed list, and so never long. */
const FIXED = new Set(['default', 'demo', 'ok', 'error', 'llm', 'tool', 'stop', 'production', 'resolution', 'faithfulness', ''])
const TAIL = '/eu-west-1/regional-fulfilment-and-customer-correspondence-desk.internal.example/2026-11-22T00:00:00Z'
const MONEY = /^\d+\.\d{9}$/
const MONEY_FACTOR = 1e6
const COUNT_FACTOR = 1_234_567

const long = (text) => (FIXED.has(text) || text.endsWith(TAIL) ? text : `${text}${TAIL}`)

/** Measures are told apart by their unit: a share stays a share. */
function longMeasures(answer) {
  const factors = answer.measures.map(({ unit }) => (unit === 'usd' ? MONEY_FACTOR : ['count', 'tokens', 'per_second'].includes(unit) ? COUNT_FACTOR : 1))
  const times = (value, factor) => (value === null || Array.isArray(value) ? value : typeof value === 'string' ? (Number(value) * factor).toFixed(9) : value * factor)
  const part = (item) => {
    for (const field of ['values', 'compare']) item[field] = item[field]?.map((value, at) => times(value, factors[at])) ?? null
    for (const field of ['series', 'compare_series']) item[field] = item[field]?.map((values, at) => values.map((value) => times(value, factors[at]))) ?? null
    return item
  }
  part(answer.totals)
  for (const group of answer.groups) {
    part(group)
    if (!group.is_other) group.key = group.key.map(long)
  }
  return answer
}

/** The spans of a trace are rows below their fields. */
const longRows = ({ fields, rows }) => ({ fields, rows: rows.map((row) => row.map((value, at) => stretched(value, fields[at]))) })

function stretched(value, name) {
  if (Array.isArray(value)) return value.map((item) => stretched(item, name))
  if (typeof value === 'number') return /tokens$|^count$/.test(name ?? '') ? value * COUNT_FACTOR : value
  if (typeof value === 'string') return MONEY.test(value) ? (Number(value) * MONEY_FACTOR).toFixed(9) : NAMES.has(name) ? long(value) : value
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value.fields) && Array.isArray(value.rows)) return longRows(value)
  return Object.fromEntries(Object.entries(value).map(([field, item]) => [field, stretched(item, field)]))
}

/** `room` is the part of the API: what the pages ask by, and what they write themselves, stays as it was. */
export function lengthened(room, answer) {
  if (['filter', 'views', 'projects', 'heatmap'].includes(room)) return answer
  if (room === 'query' && answer.groups) return longMeasures(answer)
  if (room === 'dashboards') return answer.panels ? { ...answer, name: long(answer.name), description: long(answer.description) } : stretched(answer)
  if (room === 'sql') return { ...answer, rows: answer.rows.map((row) => row.map((value) => (typeof value === 'string' && !/^[\d.]+$|^[\da-f]+$|^score|^DateTime|^String|^Low|^Null/.test(value) && !FIXED.has(value) ? long(value) : value))) }
  return stretched(answer)
}

// A small part of the filter language for the invented data: terms joined by "and", no groups. Enough to see the box at
// work; the language itself is tested where it lives.
const FIELDS = {
  kind: 'what a span does', status: 'error or ok', model: 'the model asked for, or the one that answered', request_model: 'the model asked for', response_model: 'the model that answered', provider: 'who served the call', service: 'the service that sent the span', user: 'the user it was done for',
  session: 'the conversation', environment: 'where it runs', release: 'release of the pipeline', feature: 'the feature that the work is for', error_type: 'what went wrong', stream: 'the answer was streamed', capture: 'the door',
  duration: 'from start to end', ttft: 'time to the first token', cost_usd: 'cost in US dollars', input_tokens: 'all input tokens', output_tokens: 'all output tokens', prompt: 'name of the prompt', prompt_version: 'version of the prompt',
  tool_name: 'the tool that a span runs', tag: 'one of the tags', operation: 'the operation', finish_reason: 'why the answer ended', 'retrieval.source': 'the index a retrieval asked', 'retrieval.document': 'a document that a retrieval brought', tool: 'the tool that a span runs', data_source: 'the index a retrieval asked', 'retrieval.count': 'documents that a retrieval brought', 'score.faithfulness': 'the latest score of that name', has: 'there is one', time: 'when it started', name: 'name of the span',
}
const COLUMNS = { user: 'user_id', session: 'session_id', duration: 'duration_ns', ttft: 'ttft_ns' }
const UNITS = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }
const TERM = /(-?)(?:([A-Za-z_][\w.]*)(:|>=|<=|>|<))?("(?:[^"\\]|\\.)*"?|[^\s"]+)/g
const bytes = (text) => new TextEncoder().encode(text).length

function near(name) {
  const score = (other) => [...name].filter((letter) => other.includes(letter)).length / Math.max(name.length, other.length)
  const best = Object.keys(FIELDS).sort((a, b) => score(b) - score(a))[0]
  return score(best) > 0.6 ? best : ''
}

const unquote = (raw) => (raw.startsWith('"') ? raw.slice(1, raw.endsWith('"') && raw.length > 1 ? -1 : undefined).replace(/\\(.)/g, '$1') : raw)

function numberOf(text) {
  const parts = /^\$?([\d.]+)(ns|us|ms|s|m|h|k|M)?$/.exec(text)
  return parts ? Number(parts[1]) * (parts[2] === 'k' ? 1e3 : parts[2] === 'M' ? 1e6 : (UNITS[parts[2]] ?? 1)) : NaN
}

/** Reads a text: its terms, and what is wrong with the first that cannot be read. */
export function readFilter(whole) {
  // What stands below an evaluator: no call of the invented traffic does.
  const below = /evaluator > (\{[^}]*\}|\S+)/.exec(whole)
  // A group of `model` as pages open it: invented calls always have a model that answered.
  const text = (below ? whole.replace(below[0], 'kind:evaluator') : whole).replace(/\((response_model:\S+) or \([^)]*\)\)/g, '$1').replace(/[{}]/g, ' ')
  const terms = []
  for (const match of text.matchAll(TERM)) {
    const [slice, minus, field, operator, raw] = match
    const from = bytes(text.slice(0, match.index))
    const place = { from, to: from + bytes(slice) }
    if (raw.startsWith('"') && (raw.length < 2 || !raw.endsWith('"'))) return { terms, error: { ...place, message: 'This quote is not closed', suggestion: `${slice}"` } }
    if (field !== undefined && FIELDS[field] === undefined && !field.startsWith('attr.') && !field.startsWith('score.')) {
      return { terms, error: { from: from + minus.length, to: from + minus.length + bytes(field), message: `There is no field "${field}"`, suggestion: near(field) } }
    }
    terms.push({ ...place, text: slice, field: field ?? null, operator: operator ?? null, value: unquote(raw), negated: minus === '-' })
  }
  return { terms, error: null }
}

function meets(row, term) {
  if (term.field === null) return `${row.input_preview ?? ''} ${row.output_preview ?? ''}`.toLowerCase().includes(term.value.toLowerCase())
  const column = COLUMNS[term.field] ?? term.field
  if (term.field === 'has') return (row[COLUMNS[term.value] ?? term.value] ?? '') !== ''
  if (term.field === 'kind' && row.kind === undefined) return ['llm', 'tool', 'agent', 'workflow', 'guardrail', 'retrieval'].includes(term.value)
  if (term.field === 'time') { const [at, limit] = [Date.parse(row.start_time), Date.parse(term.value)]; return { '>': at > limit, '<': at < limit, '>=': at >= limit, '<=': at <= limit }[term.operator] ?? false }
  const values = term.field === 'model' ? [row.request_model, row.response_model, row.model, ...(row.models ?? [])] : [row[column]]
  const range = /^(.+)\.\.(.+)$/.exec(term.value)
  return values.some((value) => {
    if (value === undefined || value === null) return false
    if (range && term.operator === ':') return Number(value) >= numberOf(range[1]) && Number(value) < numberOf(range[2])
    if (term.operator === ':') return new RegExp(`^${term.value.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`).test(String(value))
    const limit = numberOf(term.value)
    const number = Number(value)
    return { '>': number > limit, '<': number < limit, '>=': number >= limit, '<=': number <= limit }[term.operator]
  })
}

/** A test of rows for a text; an error is thrown as the server would answer it. */
export function matcher(text) {
  const { terms, error } = readFilter(text ?? '')
  if (error) throw Object.assign(new Error(error.message), { status: 400, code: 'invalid_input', ...error, message: `${error.message} (at byte ${error.from})` })
  return (row) => terms.every((term) => meets(row, term) !== term.negated)
}

export function filterAnswer(query, rows) {
  const text = query.get('text') ?? ''
  const { terms, error } = readFilter(text)
  const completions = []
  if (query.has('at')) {
    const head = new TextDecoder().decode(new TextEncoder().encode(text).slice(0, Number(query.get('at'))))
    const word = /\S*$/.exec(head)[0].replace(/^-/, '')
    const place = { from: bytes(head) - bytes(word), to: bytes(head) }
    const typed = /^([\w.]+):"?([^"]*)$/.exec(word)
    if (typed) {
      const counts = new Map()
      const column = COLUMNS[typed[1]] ?? typed[1]
      for (const row of rows) for (const value of typed[1] === 'model' ? [row.model ?? row.models?.[0]] : [row[column]]) if (value && String(value).includes(typed[2])) counts.set(value, (counts.get(value) ?? 0) + 1)
      for (const [value, count] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, 9)) completions.push({ text: `${typed[1]}:${/[\s"]/.test(value) ? JSON.stringify(value) : value}`, label: String(value), detail: `${count}`, kind: 'value', ...place })
    } else if (word !== '') {
      for (const [field, detail] of Object.entries(FIELDS)) if (field.startsWith(word)) completions.push({ text: `${field}:`, label: field, detail, kind: 'field', ...place })
    }
  }
  return { canonical: error ? null : terms.map((term) => term.text).join(' '), terms, error, completions, elapsed_ms: 0.6 }
}

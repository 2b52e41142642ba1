// Price answers, read with care: the table's columns are the server's business, so rows are found by shape and the
// rates of a row are whatever it carries under `rates`, or its own fields that end in a rate's name.
import { isRecord } from '@/base/values'

export interface PriceView {
  id: string
  provider: string
  model: string
  from: string | null
  tier: string | null
  source: string | null
  rates: [name: string, rate: string][]
}

export interface UnpricedView {
  provider: string
  model: string
  calls: number | null
  lastSeen: string | null
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null)

function rowsOf(answer: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown>[] {
  for (const name of names) {
    const value = answer[name]
    if (Array.isArray(value)) return value.filter(isRecord)
  }
  return []
}

const RATE_ORDER = ['input', 'cache_read', 'cached_input', 'cache_write', 'cache_write_5m', 'cache_write_1h', 'output', 'reasoning']

function ratesOf(row: Readonly<Record<string, unknown>>): [string, string][] {
  const nested = isRecord(row['rates']) ? { ...row['rates'], ...(isRecord(row['unit_rates']) ? row['unit_rates'] : {}) } : null
  const from = nested ?? Object.fromEntries(Object.entries(row).filter(([key]) => /^(input|output|cache|reasoning)/.test(key)))
  const place = (name: string): number => (RATE_ORDER.includes(name) ? RATE_ORDER.indexOf(name) : RATE_ORDER.length)
  return Object.entries(from)
    .flatMap(([name, value]): [string, string][] => (text(value) === null ? [] : [[name, text(value) ?? '']]))
    .sort((a, b) => place(a[0]) - place(b[0]) || a[0].localeCompare(b[0]))
}

export function readPrices(answer: Readonly<Record<string, unknown>>): PriceView[] {
  return rowsOf(answer, ['prices', 'overrides', 'rows']).map((row) => ({
    id: text(row['price_id']) ?? text(row['id']) ?? '',
    provider: text(row['provider']) ?? '',
    model: text(row['model']) ?? text(row['match']) ?? '',
    from: text(row['effective_from']),
    tier: text(row['tier']),
    source: text(row['source']),
    rates: ratesOf(row),
  }))
}

export function readUnpriced(answer: Readonly<Record<string, unknown>>): UnpricedView[] {
  return rowsOf(answer, ['unpriced', 'models', 'rows']).map((row) => ({
    provider: text(row['provider']) ?? '',
    model: text(row['model']) ?? text(row['response_model']) ?? text(row['request_model']) ?? '',
    calls: typeof row['calls'] === 'number' ? row['calls'] : typeof row['count'] === 'number' ? row['count'] : null,
    lastSeen: text(row['last_seen']),
  }))
}

export interface OverrideDraft {
  provider: string
  model: string
  input: string
  output: string
  cacheRead: string
  cacheWrite: string
  from: string
}

export const EMPTY_DRAFT: OverrideDraft = { provider: '', model: '', input: '', output: '', cacheRead: '', cacheWrite: '', from: '' }

/** The body of PUT /api/v1/prices/overrides, or what is wrong with the draft. Rates stay decimal text. */
export function overrideBody(draft: OverrideDraft): { body: Record<string, unknown> } | { wrong: string } {
  const model = draft.model.trim()
  if (model === '') return { wrong: 'Name the model' }
  const rates: Record<string, string> = {}
  for (const [name, value] of [['input', draft.input], ['output', draft.output], ['cache_read', draft.cacheRead], ['cache_write', draft.cacheWrite]] as const) {
    const trimmed = value.trim().replace(/^\$/, '')
    if (trimmed === '') continue
    if (!/^\d+(\.\d{1,9})?$/.test(trimmed)) return { wrong: `The rate "${value}" is not a number of dollars, like 2.50` }
    rates[name] = trimmed
  }
  if (Object.keys(rates).length === 0) return { wrong: 'Give at least one rate' }
  const from = draft.from.trim()
  if (from !== '' && !/^\d{4}-\d\d-\d\d$/.test(from)) return { wrong: 'Write the date as 2026-11-21' }
  return {
    body: {
      ...(draft.provider.trim() === '' ? {} : { provider: draft.provider.trim() }), model, rates,
      ...(from === '' ? {} : { effective_from: `${from}T00:00:00Z` }),
    },
  }
}

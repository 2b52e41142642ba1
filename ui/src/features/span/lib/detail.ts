// Reading a span's detail: columns of the public view by name, never trusting their type.
import type { Cell, SpanDetail } from '@/api/types'
import { isRecord, parseJson } from '@/base/values'

export function textOf(detail: SpanDetail, column: string): string | null {
  const value = detail[column]
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value !== '' ? value : null
}

export function numberOf(detail: SpanDetail, column: string): number | null {
  const value = detail[column]
  if (typeof value === 'number') return value
  // 64-bit integers may travel as text.
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : null
}

export function flagOf(detail: SpanDetail, column: string): boolean | null {
  const value = detail[column]
  return typeof value === 'boolean' ? value : value === 1 ? true : value === 0 ? false : null
}

/** A column that holds an object, as an object or as JSON text; empty when it holds none. */
export function recordOf(detail: SpanDetail, column: string): Record<string, unknown> {
  const value = detail[column]
  const parsed = typeof value === 'string' ? parseJson(value) : value
  return isRecord(parsed) ? parsed : {}
}

export function listOf(detail: SpanDetail, column: string): unknown[] {
  const value = detail[column]
  const parsed = typeof value === 'string' ? parseJson(value) : value
  return Array.isArray(parsed) ? (parsed as unknown[]) : []
}

export interface RetrievedDocument {
  id: string | null
  score: number | null
  source: string | null
  hash: string | null
  content: string | null
}

export function documentsOf(detail: SpanDetail): RetrievedDocument[] {
  const value = detail['retrieval']
  const parsed = typeof value === 'string' ? parseJson(value) : value
  const list: unknown[] = Array.isArray(parsed) ? parsed : isRecord(parsed) && Array.isArray(parsed['documents']) ? parsed['documents'] : []
  const text = (cell: unknown): string | null => (typeof cell === 'string' && cell !== '' ? cell : typeof cell === 'number' ? String(cell) : null)
  return list.filter(isRecord).map((item) => ({
    id: text(item['id']),
    score: typeof item['score'] === 'number' ? item['score'] : typeof item['score'] === 'string' && item['score'] !== '' ? Number(item['score']) : null,
    source: text(item['data_source']),
    hash: text(item['hash']),
    content: text(item['content']) ?? text(item['text']),
  }))
}

export interface TokenLine {
  label: string
  tokens: number
  rate: string | null
  cost: string | null
  /** Part of the line before, not to be added. */
  part: boolean
}

/** Tokens by kind, disjoint but for reasoning, which is part of the output. Lines nothing is known about are left out. */
export function tokenLines(detail: SpanDetail): TokenLine[] {
  const rates = detail.price?.rates ?? {}
  const rate = (...names: string[]): string | null => {
    for (const name of names) {
      const value: unknown = rates[name]
      if (typeof value === 'string' && value !== '') return value
      if (typeof value === 'number') return String(value)
    }
    return null
  }
  const input = numberOf(detail, 'input_tokens')
  const cached = numberOf(detail, 'cached_input_tokens')
  const written = numberOf(detail, 'cache_write_tokens')
  const output = numberOf(detail, 'output_tokens')
  const reasoning = numberOf(detail, 'reasoning_tokens')
  const lines: TokenLine[] = []
  const add = (label: string, tokens: number | null, rateText: string | null, costColumn: string | null, part = false): void => {
    if (tokens !== null) lines.push({ label, tokens, rate: rateText, cost: costColumn === null ? null : textOf(detail, costColumn), part })
  }
  const split = (cached ?? 0) > 0 || (written ?? 0) > 0
  add(split ? 'Input, not cached' : 'Input', input === null ? null : Math.max(0, input - (cached ?? 0) - (written ?? 0)), rate('input'), 'input_cost_usd')
  if ((cached ?? 0) > 0) add('Input, cache read', cached, rate('cache_read', 'cached_input', 'cached'), 'cache_read_cost_usd')
  if ((written ?? 0) > 0) add('Input, cache write', written, rate('cache_write', 'cache_write_5m', 'cache_creation'), 'cache_write_cost_usd')
  add('Output', output, rate('output'), 'output_cost_usd')
  if ((reasoning ?? 0) > 0) add('of it reasoning', reasoning, rate('reasoning'), null, true)
  return lines
}

/** Columns shown elsewhere by name, or too long for a table of columns. */
const CONTENT_COLUMNS = new Set(['input_messages', 'output_messages', 'tool_definitions', 'attributes', 'resource', 'events', 'links', 'price', 'timeline', 'retrieval'])

export function plainColumns(detail: SpanDetail): [string, Cell][] {
  return Object.entries(detail)
    .filter(([key, value]) => !CONTENT_COLUMNS.has(key) && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0) && !(isRecord(value) && Object.keys(value).length === 0))
    .map(([key, value]) => [key, value as Cell])
}

/** The class of an error in words. `other` is the class of those that have none. */
export const errorLabel = (type: string | null): string => (type === null || type === 'other' ? 'failed' : type.replaceAll('_', ' '))

// The time range of a view: relative ("24h", follows the clock) or absolute (from/to). Held in the URL.
import { formatMinute } from './time'
import { fromZone, inZone } from './zone'

export const RELATIVE = ['15m', '1h', '6h', '24h', '7d', '30d'] as const
export const DEFAULT_RANGE = '24h'

export interface RangeSearch {
  range?: string
  from?: string
  to?: string
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const NAMES: Readonly<Record<string, string>> = { m: 'min', h: 'h', d: 'days' }

/** Length of a relative range in ms; null when the text is not one. */
export function relativeMs(text: string): number | null {
  const parts = /^(\d{1,4})([mhd])$/.exec(text)
  if (!parts) return null
  return Number(parts[1]) * (UNIT_MS[parts[2] ?? ''] ?? 0) || null
}

/** The range as the API takes it. `all` has no bounds; a relative range ends at `now`. */
export function resolveRange(search: RangeSearch, now: number): { from?: string; to?: string } {
  if (search.from !== undefined || search.to !== undefined) {
    return { ...(search.from === undefined ? {} : { from: search.from }), ...(search.to === undefined ? {} : { to: search.to }) }
  }
  if (search.range === 'all') return {}
  const ms = relativeMs(search.range ?? DEFAULT_RANGE) ?? relativeMs(DEFAULT_RANGE) ?? 0
  return { from: new Date(now - ms).toISOString() }
}

export function describeRange(search: RangeSearch, now: number): string {
  if (search.from !== undefined || search.to !== undefined) {
    const from = search.from === undefined ? '…' : formatMinute(Date.parse(search.from), now)
    const to = search.to === undefined ? 'now' : formatMinute(Date.parse(search.to), now)
    return `${from} – ${to}`
  }
  if (search.range === 'all') return 'All time'
  const text = search.range !== undefined && relativeMs(search.range) !== null ? search.range : DEFAULT_RANGE
  return text === '1d' ? 'Last day' : `Last ${text.slice(0, -1)} ${NAMES[text.slice(-1)] ?? ''}`
}

/** Reads what a person types into a date field: RFC 3339, or `2026-11-21 01:31` as clocks of the project show it. */
export function parseMoment(text: string): string | null {
  const trimmed = text.trim()
  if (trimmed === '') return null
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(trimmed)
  const ms = zoned ? Date.parse(trimmed) : fromZone(Date.parse(trimmed.replace(' ', 'T') + (trimmed.length <= 10 ? 'T00:00:00Z' : 'Z')))
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}

/** What stands in a date field for a moment of the address. */
export function typedMoment(text: string | undefined): string {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? '' : inZone(ms).toISOString().slice(0, 19).replace('T', ' ')
}

export function validRangeSearch(search: Readonly<Record<string, unknown>>): RangeSearch {
  const text = (key: string): string | undefined => (typeof search[key] === 'string' ? (search[key] as string) : undefined)
  const from = text('from')
  const to = text('to')
  const range = text('range')
  const good = (value: string | undefined): value is string => value !== undefined && !Number.isNaN(Date.parse(value))
  return {
    ...(range !== undefined && (range === 'all' || relativeMs(range) !== null) ? { range } : {}),
    ...(good(from) ? { from } : {}),
    ...(good(to) ? { to } : {}),
  }
}

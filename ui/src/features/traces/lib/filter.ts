// The filter of the trace list. One value per field, because that is what the API takes. The same filter has three
// forms: chips, text (`status:error model:"gpt 4" words`) and URL parameters; every change of form is lossless.

export const FILTER_FIELDS = ['status', 'model', 'service', 'user', 'session', 'environment', 'release', 'kind'] as const
export type FilterField = (typeof FILTER_FIELDS)[number]
export type Filter = Partial<Record<FilterField | 'q', string>>

const isField = (name: string): name is FilterField => (FILTER_FIELDS as readonly string[]).includes(name)

const ALIASES: Readonly<Record<string, FilterField>> = { env: 'environment', version: 'release' }

/** Picks the filter out of URL parameters; everything that is not a filter is left alone. */
export function filterFromSearch(search: Readonly<Record<string, unknown>>): Filter {
  const filter: Filter = {}
  for (const field of [...FILTER_FIELDS, 'q'] as const) {
    const value = search[field]
    if (typeof value === 'string' && value !== '') filter[field] = value
    else if (typeof value === 'number' || typeof value === 'boolean') filter[field] = String(value)
  }
  return filter
}

/** A chip's text in the box. Values with spaces or quotes are quoted. */
export function formatTerm(field: FilterField, value: string): string {
  return `${field}:${/^[^\s":]+$/.test(value) ? value : JSON.stringify(value)}`
}

export function formatFilter(filter: Filter): string {
  const terms = FILTER_FIELDS.flatMap((field) => {
    const value = filter[field]
    return value === undefined ? [] : [formatTerm(field, value)]
  })
  if (filter.q !== undefined) terms.push(quoteWords(filter.q))
  return terms.join(' ')
}

/** Free words that would read as a field are quoted, so that text never turns into something else. */
function quoteWords(words: string): string {
  return parseFilter(words).filter.q === words ? words : JSON.stringify(words)
}

export interface ParsedFilter {
  filter: Filter
  /** The first thing that could not be read, with its place in the text; null when all is well. */
  error: { at: number; message: string } | null
}

const TERM = /(?:([A-Za-z_]+):)?("(?:[^"\\]|\\.)*"|"[^"]*$|[^\s"]+|")/gy

/** Reads the text form. Words that belong to no field become the free text, joined by one space. */
export function parseFilter(text: string): ParsedFilter {
  const filter: Filter = {}
  const words: string[] = []
  let error: ParsedFilter['error'] = null
  const fail = (at: number, message: string) => (error ??= { at, message })
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at++
      continue
    }
    TERM.lastIndex = at
    const match = TERM.exec(text)
    if (!match) break
    const [whole, name, raw] = match
    const value = unquote(raw ?? '')
    if (value === null) fail(at + whole.length - (raw ?? '').length, 'This quote is not closed.')
    else if (name === undefined) words.push(value)
    else {
      const field = ALIASES[name] ?? name
      if (isField(field)) filter[field] = value
      else fail(at, `There is no field "${name}". Known: ${FILTER_FIELDS.join(', ')}.`)
    }
    at += whole.length
  }
  if (words.length > 0) filter.q = words.join(' ')
  return { filter, error }
}

function unquote(raw: string): string | null {
  if (!raw.startsWith('"')) return raw
  if (raw.length < 2 || !raw.endsWith('"')) return null
  try {
    return JSON.parse(raw) as string
  } catch {
    return raw.slice(1, -1)
  }
}

export function isEmpty(filter: Filter): boolean {
  return Object.keys(filter).length === 0
}

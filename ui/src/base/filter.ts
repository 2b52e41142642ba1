// Filters of lists, in the one language the server reads everywhere: `status:error cost_usd>0.05 "refund policy"`.
// Here a filter is its text. Chips are slices of that text, so that going from chips to text and back loses nothing;
// what a term means is the server's to say (/api/v1/filter).

export interface Term {
  /** The slice of the text that the chip stands for. */
  text: string
  from: number
  to: number
  /** Field and operator, where the term is a plain comparison; null for words, groups and relations. */
  field: string | null
  operator: string | null
  value: string
  negated: boolean
}

const COMPARISON = /^(-?)([A-Za-z_][\w.-]*(?:\.[\w-]+)*)(:|>=|<=|!=|>|<|=)([\s\S]*)$/
const PLAIN_VALUE = /^[\p{L}\p{N}_/@+~%#$][\p{L}\p{N}_./@+~%#$:-]*$/u
const KEYWORDS = new Set(['and', 'or', 'not'])

/** Where the piece that starts at `from` ends: at a space outside of quotes, parentheses and braces. */
function pieceEnd(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const letter = text[at] ?? ''
    if (letter === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++
    } else if (letter === '(' || letter === '{') depth++
    else if (letter === ')' || letter === '}') depth--
    else if (depth <= 0 && /\s/.test(letter)) return at
  }
  return text.length
}

function pieces(text: string): [from: number, to: number][] {
  const found: [number, number][] = []
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at] ?? '')) {
      at++
      continue
    }
    const end = Math.max(at + 1, pieceEnd(text, at))
    found.push([at, end])
    at = end
  }
  return found
}

function termOf(text: string, from: number, to: number): Term {
  const slice = text.slice(from, to)
  const match = /^[-({]/.test(slice.replace(/^-/, '')) ? null : COMPARISON.exec(slice)
  if (!match || /\s[>&|]\s/.test(slice)) return { text: slice, from, to, field: null, operator: null, value: slice.replace(/^-/, ''), negated: slice.startsWith('-') }
  return { text: slice, from, to, field: match[2] ?? '', operator: match[3] ?? '', value: unquote(match[4] ?? ''), negated: match[1] === '-' }
}

/** The terms that stand beside each other, joined by "and". With an "or" between them they cannot be told apart: then it is one. */
export function splitTerms(text: string): Term[] {
  const found = pieces(text)
  const word = (index: number): string => text.slice(...(found[index] ?? [0, 0]))
  if (found.some((_, index) => word(index).toLowerCase() === 'or')) {
    const [first, last] = [found[0], found.at(-1)]
    return first && last ? [termOf(text, first[0], last[1])] : []
  }
  const terms: Term[] = []
  for (let index = 0; index < found.length; index++) {
    const piece = found[index]
    if (!piece || word(index).toLowerCase() === 'and') continue
    const from = piece[0]
    while (word(index).toLowerCase() === 'not' && index + 1 < found.length) index++
    // `agent > tool{…}` is one term: the relation holds its two sides together. So is `cost > 0.05`.
    while (/^(>|<|>=|<=|!=|=)$/.test(word(index + 1)) && index + 2 < found.length) index += 2
    terms.push(termOf(text, from, found[index]?.[1] ?? piece[1]))
  }
  return terms
}

export function unquote(raw: string): string {
  if (raw.length < 2 || !raw.startsWith('"') || !raw.endsWith('"')) return raw
  return raw.slice(1, -1).replace(/\\(["\\])/g, '$1')
}

/** A value as the language takes it literally: quoted where a bare one would mean something else. */
export function quoted(value: string): string {
  if (PLAIN_VALUE.test(value) && !value.includes('..') && !KEYWORDS.has(value.toLowerCase())) return value
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** A term that says that a field has exactly this value. Values that were never set are asked for by `-has:`. */
export function formatTerm(field: string, value: string): string {
  // Keys of attributes may hold anything; beyond letters, digits, dots and dashes they stand in quotes.
  const name = field.startsWith('attr.') && !/^attr\.[\w.-]+$/.test(field) ? `attr."${field.slice(5).replace(/["\\]/g, '\\$&')}"` : field
  return value === '' ? `-has:${name}` : `${name}:${quoted(value)}`
}

/** Exactly the rows of a group: measures group a call by the model that answered, and by the one asked for where none did; `model:` is either. */
export function groupTerm(dimension: string, value: string): string {
  if (dimension !== 'model' || value === '') return formatTerm(dimension, value)
  return `(${formatTerm('response_model', value)} or (${formatTerm('request_model', value)} ${formatTerm('response_model', '')}))`
}

export function joinTerms(texts: readonly string[]): string {
  const parts = texts.map((part) => part.trim()).filter((part) => part !== '')
  if (parts.length < 2) return parts[0] ?? ''
  const hasOr = (part: string): boolean => pieces(part).some(([from, to]) => part.slice(from, to).toLowerCase() === 'or')
  return parts.map((part) => (hasOr(part) ? `(${part})` : part)).join(' ')
}

export function withoutTerm(text: string, index: number): string {
  return splitTerms(text).filter((_, at) => at !== index).map((term) => term.text).join(' ')
}

const same = (term: Term, field: string, value: string): boolean =>
  value === '' ? term.text === formatTerm(field, value) : term.field === field && term.operator === ':' && term.value === value && !term.negated

export function hasTerm(text: string, field: string, value: string): boolean {
  return splitTerms(text).some((term) => same(term, field, value))
}

/** Takes the term away where it stands, else puts it in the place of another value of the field, else adds it. */
export function toggleTerm(text: string, field: string, value: string): string {
  const terms = splitTerms(text)
  if (terms.some((term) => same(term, field, value))) return terms.filter((term) => !same(term, field, value)).map((term) => term.text).join(' ')
  return joinTerms([terms.filter((term) => !(term.field === field && term.operator === ':' && !term.negated)).map((term) => term.text).join(' '), formatTerm(field, value)])
}

/** The value of a field that one plain term asks for; null when none does. */
export function termValue(text: string, field: string): string | null {
  return splitTerms(text).find((term) => term.field === field && term.operator === ':' && !term.negated)?.value ?? null
}

/** Parameters of one field each, as links made before there was one text have them; and `q`, the words. */
export const OLD_PARAMETERS = [
  'status', 'error_type', 'model', 'provider', 'service', 'user', 'session', 'environment', 'release', 'feature', 'capture', 'kind', 'stream', 'q',
] as const

/** The filter of an address: its text, and before it whatever old parameters say. */
export function filterFromSearch(search: Readonly<Record<string, unknown>>): string {
  const text = (name: string): string => {
    const value = search[name]
    return typeof value === 'string' ? value.trim() : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
  }
  const terms = OLD_PARAMETERS.filter((name) => name !== 'q' && text(name) !== '').map((name) => formatTerm(name, text(name)))
  const words = text('q').split(/\s+/).filter((word) => word !== '').map(quoted)
  // Reading an address twice says no term twice: the router does so.
  const said = new Set(splitTerms(text('filter')).map((term) => term.text))
  return joinTerms([...[...terms, ...words].filter((term) => !said.has(term)), text('filter')])
}

const encoder = new TextEncoder()

/** Places in a text: the server counts bytes, the page letters. */
export function byteAt(text: string, index: number): number {
  return encoder.encode(text.slice(0, index)).length
}

export function indexAt(text: string, byte: number): number {
  let bytes = 0
  for (let index = 0; index < text.length; ) {
    if (bytes >= byte) return index
    const letter = String.fromCodePoint(text.codePointAt(index) ?? 0)
    bytes += encoder.encode(letter).length
    index += letter.length
  }
  return text.length
}

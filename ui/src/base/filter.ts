// Filters of lists. One value per field, because that is what the API takes. A filter has three forms: chips, text
// (`status:error model:"gpt 4" words`) and URL parameters; every change of form is lossless. A language says which
// fields a list has.

export type FilterOf<Field extends string> = Partial<Record<Field | 'q', string>>

export interface ParsedFilter<Field extends string> {
  filter: FilterOf<Field>
  /** The first thing that could not be read, with its place in the text; null when all is well. */
  error: { at: number; message: string } | null
}

export interface FilterLanguage<Field extends string> {
  fields: readonly Field[]
  /** Whether free words are part of it. */
  words: boolean
  /** Fields with few values: everything else is refused where it is typed. */
  choices: Partial<Record<Field, readonly string[]>>
  /** Picks the filter out of URL parameters; everything that is not a filter is left alone. */
  fromSearch: (search: Readonly<Record<string, unknown>>) => FilterOf<Field>
  /** URL parameters that take a filter away. */
  cleared: Readonly<Record<Field | 'q', undefined>>
  format: (filter: FilterOf<Field>) => string
  /** Reads the text form. Words that belong to no field become the free text, joined by one space. */
  parse: (text: string) => ParsedFilter<Field>
}

const TERM = /(?:([A-Za-z_]+):)?("(?:[^"\\]|\\.)*"|"[^"]*$|[^\s"]+|")/gy

/** A chip's text in the box. Values with spaces or quotes are quoted. */
export function formatTerm(field: string, value: string): string {
  return `${field}:${/^[^\s":]+$/.test(value) ? value : JSON.stringify(value)}`
}

export function isEmptyFilter(filter: object): boolean {
  return Object.keys(filter).length === 0
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

interface Terms<Field extends string> {
  fields: readonly Field[]
  aliases?: Readonly<Record<string, Field>>
  choices?: Partial<Record<Field, readonly string[]>>
  words?: boolean
}

export function filterLanguage<Field extends string>({ fields, aliases = {}, choices = {}, words: takesWords = true }: Terms<Field>): FilterLanguage<Field> {
  const isField = (name: string): name is Field => (fields as readonly string[]).includes(name)

  function parse(text: string): ParsedFilter<Field> {
    const filter: FilterOf<Field> = {}
    const words: string[] = []
    let error: ParsedFilter<Field>['error'] = null
    const fail = (at: number, message: string) => (error ??= { at, message })
    for (let at = 0; at < text.length; ) {
      if (/\s/.test(text[at] ?? '')) {
        at++
        continue
      }
      TERM.lastIndex = at
      const match = TERM.exec(text)
      if (!match) break
      const [whole, name, raw] = match
      const value = unquote(raw ?? '')
      const valueAt = at + whole.length - (raw ?? '').length
      if (value === null) fail(valueAt, 'This quote is not closed.')
      else if (name === undefined) {
        if (!takesWords) fail(at, `Words are not searched here. Write field:value; known: ${fields.join(', ')}.`)
        words.push(value)
      } else {
        const field = aliases[name] ?? name
        const allowed = isField(field) ? choices[field] : undefined
        if (!isField(field)) fail(at, `There is no field "${name}". Known: ${fields.join(', ')}.`)
        else if (allowed && !allowed.includes(value)) fail(valueAt, `${field} is one of ${allowed.join(', ')}.`)
        else filter[field] = value as FilterOf<Field>[Field]
      }
      at += whole.length
    }
    if (words.length > 0) filter.q = words.join(' ')
    return { filter, error }
  }

  /** Free words that would read as a field are quoted, so that text never turns into something else. */
  const quoteWords = (words: string): string => (parse(words).filter.q === words ? words : JSON.stringify(words))

  return {
    fields,
    words: takesWords,
    choices,
    cleared: Object.fromEntries([...fields, 'q'].map((field) => [field, undefined])) as Record<Field | 'q', undefined>,
    fromSearch: (search) => {
      const filter: FilterOf<Field> = {}
      for (const field of takesWords ? [...fields, 'q' as const] : fields) {
        const value = search[field]
        const text = typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
        const allowed = field === 'q' ? undefined : choices[field]
        if (text !== '' && (!allowed || allowed.includes(text))) filter[field] = text as FilterOf<Field>[Field]
      }
      return filter
    },
    format: (filter) => {
      const terms = fields.flatMap((field) => {
        const value = filter[field]
        return value === undefined ? [] : [formatTerm(field, value as string)]
      })
      if (filter.q !== undefined) terms.push(quoteWords(filter.q as string))
      return terms.join(' ')
    },
    parse,
  }
}

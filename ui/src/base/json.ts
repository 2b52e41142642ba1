// JSON as text: laid out for reading without being parsed into numbers, so that every digit, every key and their order
// stay as they were sent (a parsed 64-bit id would lose its last digits).

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g
/** A list or object that fits into so many characters stays on one line. */
const LINE_CHARS = 48
/** Deeper than this is not indented further: the text would leave the page to the right. */
const INDENT_MAX = 24

const isOpen = (token: string | undefined): boolean => token === '{' || token === '['
const isClose = (token: string | undefined): boolean => token === '}' || token === ']'

/** For each opening bracket the token that closes it, the characters between, and whether others open in between. */
function closings(tokens: readonly string[]): { close: Int32Array; chars: Int32Array; nested: Uint8Array } {
  const nested = new Uint8Array(tokens.length)
  const close = new Int32Array(tokens.length)
  const chars = new Int32Array(tokens.length)
  const open: number[] = []
  let sum = 0
  for (const [at, token] of tokens.entries()) {
    if (isOpen(token)) {
      chars[at] = sum
      const outer = open.at(-1)
      if (outer !== undefined) nested[outer] = 1
      open.push(at)
    } else if (isClose(token)) {
      const start = open.pop() ?? at
      close[start] = at
      chars[start] = sum - (chars[start] ?? 0)
    }
    sum += token.length + (token === ',' || token === ':' ? 1 : 0)
  }
  return { close, chars, nested }
}

/** Letters written as `\u00fc` are the same letters: people read them as such. */
function readable(token: string): string {
  if (!token.startsWith('"') || !token.includes('\\u')) return token
  try {
    return JSON.stringify(JSON.parse(token))
  } catch {
    return token
  }
}

/** Lays out valid JSON text over lines: spaces and escaped letters change, values do not. */
export function indentJson(text: string): string {
  const tokens = text.match(TOKEN) ?? []
  const { close, chars, nested } = closings(tokens)
  const out: string[] = []
  let depth = 0
  let flatUntil = -1
  // A list of numbers or words fills its lines, as text does, instead of taking a line for each.
  let fillUntil = -1
  let column = 0
  const line = (): string => '\n' + '  '.repeat(Math.min(depth, INDENT_MAX))
  for (const [at, token] of tokens.entries()) {
    const flat = at <= flatUntil
    if (isOpen(token)) {
      out.push(token)
      if (flat) continue
      if ((chars[at] ?? 0) <= LINE_CHARS) flatUntil = close[at] ?? at
      else {
        if (token === '[' && nested[at] === 0) fillUntil = close[at] ?? at
        column = 0
        depth++
        out.push(line())
      }
    } else if (isClose(token)) {
      if (!flat) {
        depth = Math.max(0, depth - 1)
        out.push(line())
      }
      out.push(token)
    } else if (token === ',') {
      const fills = at < fillUntil && column + (tokens[at + 1]?.length ?? 0) < LINE_CHARS
      out.push(flat || fills ? ', ' : ',' + line())
      column = fills ? column + 2 : 0
    } else {
      out.push(token === ':' ? ': ' : readable(token))
      column += token.length
    }
  }
  return out.join('')
}

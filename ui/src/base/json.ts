// JSON as text: laid out for reading without being parsed into numbers, so that every digit, every key and their order
// stay as they were sent (a parsed 64-bit id would lose its last digits).

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g
/** A list or object that fits into so many characters stays on one line. */
const LINE_CHARS = 56
/** Deeper than this is not indented further: the text would leave the page to the right. */
const INDENT_MAX = 24

const isOpen = (token: string | undefined): boolean => token === '{' || token === '['
const isClose = (token: string | undefined): boolean => token === '}' || token === ']'

/** For each opening bracket the token that closes it, and the characters between. The text is known to be JSON. */
function closings(tokens: readonly string[]): { close: Int32Array; chars: Int32Array } {
  const close = new Int32Array(tokens.length)
  const chars = new Int32Array(tokens.length)
  const open: number[] = []
  let sum = 0
  for (const [at, token] of tokens.entries()) {
    if (isOpen(token)) {
      chars[at] = sum
      open.push(at)
    } else if (isClose(token)) {
      const start = open.pop() ?? at
      close[start] = at
      chars[start] = sum - (chars[start] ?? 0)
    }
    sum += token.length + (token === ',' || token === ':' ? 1 : 0)
  }
  return { close, chars }
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
  const { close, chars } = closings(tokens)
  const out: string[] = []
  let depth = 0
  let flatUntil = -1
  const line = (): string => '\n' + '  '.repeat(Math.min(depth, INDENT_MAX))
  for (const [at, token] of tokens.entries()) {
    const flat = at <= flatUntil
    if (isOpen(token)) {
      out.push(token)
      if (flat) continue
      if ((chars[at] ?? 0) <= LINE_CHARS) flatUntil = close[at] ?? at
      else {
        depth++
        out.push(line())
      }
    } else if (isClose(token)) {
      if (!flat) {
        depth = Math.max(0, depth - 1)
        out.push(line())
      }
      out.push(token)
    } else if (token === ',') out.push(flat ? ', ' : ',' + line())
    else out.push(token === ':' ? ': ' : readable(token))
  }
  return out.join('')
}

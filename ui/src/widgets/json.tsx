// JSON as people read it: indented, coloured by type, cut at a limit that is said and can be lifted.
import { useMemo, useState, type ReactNode } from 'react'
import { indentJson } from '@/base/json'
import { formatCount } from '@/base/tokens'
import { parseJson } from '@/base/values'

const SHOWN_CHARS = 20_000
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g

function colour(text: string): ReactNode[] {
  const out: ReactNode[] = []
  let at = 0
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > at) out.push(text.slice(at, match.index))
    const [whole, quoted, colon] = match
    out.push(
      <span key={match.index} className={quoted === undefined ? 'n' : colon === undefined ? 's' : 'k'}>
        {quoted ?? whole}
      </span>,
    )
    if (colon !== undefined) out.push(colon)
    at = match.index + whole.length
  }
  out.push(text.slice(at))
  return out
}

/** A value, or JSON text; text that is not JSON is shown as it is. */
export function Json({ value }: { value: unknown }): ReactNode {
  const [all, setAll] = useState(false)
  const text = useMemo(() => {
    if (typeof value !== 'string') return indentJson(JSON.stringify(value) ?? 'null')
    const parsed = parseJson(value)
    return parsed === undefined || typeof parsed === 'string' ? value : indentJson(value)
  }, [value])
  const cut = !all && text.length > SHOWN_CHARS
  const shown = cut ? text.slice(0, SHOWN_CHARS) : text
  return (
    <>
      <pre className="json">{colour(shown)}</pre>
      {cut && (
        <button type="button" className="btn tiny" onClick={() => setAll(true)}>
          Show all {formatCount(text.length)} characters
        </button>
      )}
    </>
  )
}

// Text written by models and people: Markdown, cleaned. Images are never loaded by reading a page: an image in the
// text becomes a link with its address, since loading it would tell its host who reads the trace.
import DOMPurify from 'dompurify'
import { marked } from 'marked'
import { useMemo, useState, type ReactNode } from 'react'
import { formatBytes } from '@/base/tokens'

const SHOWN_CHARS = 30_000
const BASE64_RUN = /data:([\w.+-]+\/[\w.+-]+)?(?:;[\w=.+-]+)*;base64,[A-Za-z0-9+/=_-]{64,}|[A-Za-z0-9+/]{2048,}={0,2}/g

const purifier = DOMPurify(window)
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer')
})

const renderer = new marked.Renderer()
renderer.image = ({ href, text }) => {
  const escape = (raw: string): string => raw.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)
  return `<a href="${escape(href)}">image: ${escape(text || href)}</a>`
}
renderer.html = ({ text }) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c)

/** Long runs of base64 are named, not printed: nobody reads them and they freeze the page. */
export function withoutBase64(text: string): string {
  return text.replace(BASE64_RUN, (run, type: string | undefined) => {
    const digits = run.length - (run.lastIndexOf(',') + 1)
    return `[${type ?? 'base64'}, ${formatBytes(Math.floor((digits * 3) / 4))}, not shown]`
  })
}

/** Each block reads in the direction of its own first letter: a Hebrew paragraph beside an English list. */
purifier.addHook('afterSanitizeElements', (node) => {
  if (node instanceof Element && /^(P|UL|OL|H[1-6]|BLOCKQUOTE|TD|TH)$/.test(node.tagName)) node.setAttribute('dir', 'auto')
})

export function toSafeHtml(text: string): string {
  const html = marked.parse(text, { async: false, gfm: true, breaks: true, renderer })
  return purifier.sanitize(html, {
    FORBID_TAGS: ['img', 'svg', 'math', 'style', 'form', 'input', 'video', 'audio', 'iframe', 'picture', 'source'],
    FORBID_ATTR: ['style', 'class', 'id', 'srcset', 'background'],
  })
}

export function Prose({ text }: { text: string }): ReactNode {
  const [all, setAll] = useState(false)
  const clean = useMemo(() => withoutBase64(text), [text])
  const cut = !all && clean.length > SHOWN_CHARS
  const html = useMemo(() => toSafeHtml(cut ? clean.slice(0, SHOWN_CHARS) : clean), [clean, cut])
  return (
    <>
      <div className="prose" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />
      {cut && (
        <button type="button" className="btn tiny" onClick={() => setAll(true)}>
          Show all {formatBytes(clean.length)}
        </button>
      )}
    </>
  )
}

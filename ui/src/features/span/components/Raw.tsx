// Everything as it was sent: attributes, resource, events, links, and the columns made of them.
import { useState, type ReactNode } from 'react'
import type { Attribute, Cell, SpanDetail } from '@/api/types'
import { formatClock } from '@/base/time'
import { formatBytes, formatCount, plural } from '@/base/tokens'
import { CopyButton } from '@/widgets/copy'
import { Icon } from '@/widgets/icons'
import { Json } from '@/widgets/json'
import { withoutBase64 } from '@/widgets/prose'
import { plainColumns } from '../lib/detail'
import { looksLikeJson } from '../lib/messages'

const LONG_CHARS = 600

export function Raw({ detail }: { detail: SpanDetail }): ReactNode {
  const [find, setFind] = useState('')
  const [json, setJson] = useState(false)
  const low = find.toLowerCase()
  const match = (key: string, value: Cell): boolean => low === '' || key.toLowerCase().includes(low) || String(typeof value === 'object' ? JSON.stringify(value) : value).toLowerCase().includes(low)
  const attributes = detail.attributes.filter((item) => match(item.key, item.value))
  const resource = detail.resource.filter((item) => match(item.key, item.value))
  const columns = plainColumns(detail).filter(([key, value]) => match(key, value))
  return (
    <div className="raw">
      <div className="row rawtools">
        <label className="field grow"><Icon name="search" size={13} /><input value={find} onChange={(event) => setFind(event.target.value)} placeholder="Find a key or value" aria-label="Find a key or value" /></label>
        <button type="button" className="btn" aria-pressed={json} onClick={() => setJson(!json)}>{json ? 'Tables' : 'JSON'}</button>
        <CopyButton label="Copy JSON" text={() => JSON.stringify(detail, null, 2)} />
      </div>
      {json ? <div className="rawjson"><Json value={withoutBase64(JSON.stringify(detail))} /></div> : (
        <>
          <Attributes title="Attributes" note="as sent, not mapped to a column" items={attributes} />
          <Events detail={detail} />
          {detail.links.length > 0 && <Section title="Links" count={detail.links.length}><Json value={detail.links} /></Section>}
          <Attributes title="Resource" note="" items={resource} />
          <Section title="Columns" count={columns.length} note="what Vitrine made of it">
            <table><tbody>{columns.map(([key, value]) => <tr key={key}><td className="key mono">{key}</td><td><Value value={value} /></td></tr>)}</tbody></table>
          </Section>
          {Number(detail['dropped_attributes_count'] ?? 0) > 0 && <p className="warn small rawnote"><Icon name="warning" size={12} /> The sender dropped {plural(Number(detail['dropped_attributes_count']), 'attribute')}.</p>}
        </>
      )}
    </div>
  )
}

function Section({ title, count, note, children }: { title: string; count: number; note?: string; children: ReactNode }): ReactNode {
  return (
    <details open className="section">
      <summary>{title} <span className="t3 num">{formatCount(count)}</span>{note !== undefined && note !== '' && <span className="t3 small"> {note}</span>}</summary>
      {count === 0 ? <p className="t3 small rawnote">none</p> : children}
    </details>
  )
}

function Attributes({ title, note, items }: { title: string; note: string; items: readonly Attribute[] }): ReactNode {
  return (
    <Section title={title} count={items.length} note={note}>
      <AttributeTable items={items} />
    </Section>
  )
}

const TYPES: Readonly<Record<string, string>> = { s: 'string', i: 'int', d: 'double', b: 'bool', j: 'JSON', y: 'bytes', n: 'null' }

function AttributeTable({ items }: { items: readonly Attribute[] }): ReactNode {
  return (
    <table>
      <tbody>
        {items.map((item, index) => (
          <tr key={`${item.key}-${index}`}>
            <td className="key mono">{item.key}</td>
            <td><Value value={item.value} /> <span className="t3 micro">{TYPES[item.type] ?? item.type}</span></td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Events({ detail }: { detail: SpanDetail }): ReactNode {
  if (detail.events.length === 0) return null
  return (
    <Section title="Events" count={detail.events.length}>
      {detail.events.map((event, index) => (
        <details key={index} className="event" open={event.name === 'exception'}>
          <summary><span className="mono">{event.name}</span> <span className="t3 small num">{formatClock(event.time)}</span></summary>
          <AttributeTable items={event.attributes} />
        </details>
      ))}
    </Section>
  )
}

function Value({ value }: { value: Cell }): ReactNode {
  const [all, setAll] = useState(false)
  if (value !== null && typeof value === 'object') return <Json value={withoutBase64(JSON.stringify(value))} />
  const text = withoutBase64(String(value))
  if (text.length < 100_000 && looksLikeJson(text)) return <Json value={text} />
  const cut = !all && text.length > LONG_CHARS
  return (
    <span className="plain mono">
      {cut ? text.slice(0, LONG_CHARS) + '… ' : text}
      {cut && <button type="button" className="link" onClick={() => setAll(true)}>all {formatBytes(text.length)}</button>}
    </span>
  )
}

// The conversation of a call: roles, text, reasoning, tool calls with their results; the unchanged past folded.
import { useMemo, useState, type ReactNode } from 'react'
import { attachmentUrl } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { Part, SpanDetail } from '@/api/types'
import { shortId } from '@/base/ids'
import { formatCount, plural } from '@/base/tokens'
import { Icon, KindIcon } from '@/widgets/icons'
import { Json } from '@/widgets/json'
import { Prose, withoutBase64 } from '@/widgets/prose'
import { documentsOf, numberOf, textOf } from '../lib/detail'
import { chatBlocks, looksLikeJson, type ChatMessage, type ChatPart, type ToolCallPlace } from '../lib/messages'
import { Documents, Guardrail } from './Findings'

const ROLE_TOKEN: Readonly<Record<string, string>> = { system: '--r-system', developer: '--r-system', user: '--r-user', assistant: '--r-assistant', tool: '--r-result' }
const LONG_HISTORY = 40

/** What opens the span that ran a tool call; null where there is none. */
export type OpenTool = (call: ToolCallPlace) => (() => void) | null

export function Chat({ detail, onOpenTool }: { detail: SpanDetail; onOpenTool: OpenTool }): ReactNode {
  const blocks = useMemo(() => chatBlocks(detail.input_messages, detail.output_messages), [detail])
  const documents = documentsOf(detail)
  if (blocks.length === 0 && documents.length === 0 && textOf(detail, 'guardrail_name') === null) return <NoContent detail={detail} />
  return (
    <div className="chat">
      <Guardrail detail={detail} />
      {blocks.map((block, index) =>
        block.type === 'message' ? <MessageView key={block.message.key} message={block.message} onOpenTool={onOpenTool} detail={detail} />
          : <Fold key={index} messages={block.messages} onOpenTool={onOpenTool} detail={detail}
              title={block.type === 'system' ? <>System prompt{block.isNew && detail.input_messages.length > block.messages.length ? '' : ', unchanged'}</> : <>{plural(block.messages.length, 'earlier message')}, unchanged</>}
              note={`${formatCount(block.chars)} characters`} open={block.type === 'system' && blocks.length === 1} />)}
      {documents.length > 0 && <Documents documents={documents} />}
    </div>
  )
}

function NoContent({ detail }: { detail: SpanDetail }): ReactNode {
  const input = textOf(detail, 'input_preview')
  const output = textOf(detail, 'output_preview')
  const model = ['llm', 'embedding', 'rerank'].includes(textOf(detail, 'kind') ?? '')
  return (
    <div className="nocontent">
      {input !== null && <div className="msg"><p className="who">input</p><Content text={input} /></div>}
      {output !== null && <div className="msg"><p className="who">output</p><Content text={output} /></div>}
      {input === null && output === null && (
        <p className="t2">
          {model ? 'This call was sent without its messages. Most instrumentations capture content only when asked: see Connect for the switch of each.' : 'This span carries no messages. Its attributes are under Raw.'}
        </p>
      )}
    </div>
  )
}

function Fold({ title, note, messages, open: first, ...rest }: {
  title: ReactNode
  note: string
  messages: readonly ChatMessage[]
  open: boolean
  detail: SpanDetail
  onOpenTool: OpenTool
}): ReactNode {
  const [open, setOpen] = useState(first)
  const [shown, setShown] = useState(LONG_HISTORY)
  const hidden = messages.length - shown
  return (
    <>
      <button type="button" className="msg fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? 'down' : 'right'} size={12} /> <span>{title}</span><span className="t3 push num">{note}</span>
      </button>
      {open && hidden > 0 && <button type="button" className="msg fold" onClick={() => setShown(messages.length)}>Show {plural(hidden, 'older message')}</button>}
      {open && <div className="past">{messages.slice(Math.max(0, hidden)).map((message) => <MessageView key={message.key} message={message} {...rest} />)}</div>}
    </>
  )
}

function MessageView({ message, detail, onOpenTool }: { message: ChatMessage; detail: SpanDetail; onOpenTool: OpenTool }): ReactNode {
  const several = message.output && detail.output_messages.length > 1
  const reasoning = message.output ? numberOf(detail, 'reasoning_tokens') : null
  const tokens = message.output && !several ? numberOf(detail, 'output_tokens') : null
  return (
    <article className="msg" style={{ '--r': `var(${ROLE_TOKEN[message.role] ?? '--r-system'})` } as React.CSSProperties}>
      <p className="who">
        <b>{message.role}</b>
        {message.output && <span>this call{several ? `, choice ${(message.choice ?? 0) + 1}` : ''}{tokens !== null && ` · ${formatCount(tokens)} tok`}{reasoning !== null && reasoning > 0 && `, ${formatCount(reasoning)} of them reasoning`}</span>}
        {message.finishReason !== null && <span className={message.finishReason === 'length' || message.finishReason === 'content_filter' ? 'badge warn push' : 'badge push'}>{message.finishReason}</span>}
      </p>
      {message.parts.length === 0 && <p className="t3">empty</p>}
      {message.parts.map((part, index) => <PartView key={index} part={part} onOpenTool={onOpenTool} output={message.output} nth={sameBefore(message.parts, index)} />)}
    </article>
  )
}

/** How many calls of the same tool stand before this one in its message. */
function sameBefore(parts: readonly ChatPart[], index: number): number {
  const part = parts[index]
  return part?.type === 'tool_call' ? parts.slice(0, index).filter((other) => other.type === 'tool_call' && other.name === part.name).length : 0
}

function Content({ text }: { text: string }): ReactNode {
  return looksLikeJson(text) ? <Json value={withoutBase64(text)} /> : <Prose text={text} />
}

function PartView({ part, onOpenTool, output, nth }: { part: ChatPart; onOpenTool: OpenTool; output: boolean; nth: number }): ReactNode {
  switch (part.type) {
    case 'text': return <Content text={part.content} />
    case 'reasoning': return part.content === '' ? <p className="t3 small">Reasoning happened; its text was not sent.</p> : <div className="think"><Prose text={part.content} /></div>
    case 'refusal': return <div className="call"><div className="callhead"><Icon name="warning" size={13} /> refused</div><div className="callbody"><Prose text={part.content} /></div></div>
    case 'tool_call': return <ToolCall name={part.name} id={part.id} args={part.arguments} response={null} open={onOpenTool({ name: part.name, id: part.id, output, nth })} />
    case 'answered_call': return <ToolCall name={part.call.name} id={part.call.id} args={part.call.arguments} response={part.response} open={onOpenTool({ name: part.call.name, id: part.call.id, output, nth })} />
    case 'tool_call_response':
      return (
        <div className="call">
          <div className="callhead"><KindIcon kind="tool" size={17} /><b className="mono clip">{part.name ?? 'result'}</b>{part.name != null && <span className="t3">result</span>}<span className="t3 push mono clip">{part.id}</span></div>
          <div className="callbody"><Content text={part.response} /></div>
        </div>
      )
    default: return <MediaOrOther part={part} />
  }
}

function ToolCall({ name, id, args, response, open }: { name: string; id: string | null; args: string; response: string | null; open: (() => void) | null }): ReactNode {
  return (
    <div className="call">
      <div className="callhead">
        <KindIcon kind="tool" size={17} /><b className="mono clip">{name}</b>
        <span className="t3 push mono clip" title={id ?? undefined}>{id !== null && shortId(id, 10)}</span>
        {open && <button type="button" className="link nowrap" onClick={open}>Open span</button>}
      </div>
      <div className="callbody"><Json value={args} /></div>
      {response !== null && <div className="callresult"><p className="t3 small">result</p><Content text={response} /></div>}
    </div>
  )
}

/** Pictures and sound are loaded when asked for, never by looking at the page. */
function MediaOrOther({ part }: { part: Extract<Part, { type: 'blob' | 'uri' | 'file' | 'other' }> }): ReactNode {
  const { project } = useScope()
  const [shown, setShown] = useState(false)
  if (part.type === 'other') return <div className="call"><div className="callhead t3">a part of a kind Vitrine does not know</div><div className="callbody"><Json value={part.value} /></div></div>
  const label = `${part.modality}${part.mime_type === null ? '' : `, ${part.mime_type}`}`
  if (part.type === 'file') return <p className="media"><Icon name="prompt" size={14} /> {label} <code>{part.file_id}</code></p>
  if (part.type === 'uri') {
    const safe = /^https?:\/\//i.test(part.uri)
    return <p className="media"><Icon name="external" size={14} /> {label} {safe ? <a className="link clip" href={part.uri} target="_blank" rel="noopener noreferrer">{part.uri}</a> : <code className="clip">{withoutBase64(part.uri).slice(0, 200)}</code>}</p>
  }
  const address = attachmentUrl(project, part.attachment)
  const image = part.modality === 'image' || (part.mime_type ?? '').startsWith('image/')
  const audio = part.modality === 'audio' || (part.mime_type ?? '').startsWith('audio/')
  return (
    <div className="media">
      {shown && image && <img src={address} alt={`Attachment ${part.attachment}`} />}
      {shown && audio && <audio controls src={address} />}
      <span className="row wrap">
        <Icon name="download" size={14} /> {label} <code>{shortId(part.attachment, 8)}</code>
        {(image || audio) && !shown && <button type="button" className="btn tiny" onClick={() => setShown(true)}>{image ? 'Load image' : 'Load sound'}</button>}
        <a className="link" href={address} download>Download</a>
      </span>
    </div>
  )
}

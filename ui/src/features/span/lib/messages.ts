// From messages as stored to a conversation as read: parts are checked, results are put with the calls they answer,
// what has not changed since the call before is folded away.
import type { Cell, Message, Part } from '@/api/types'
import { isRecord } from '@/base/values'

const asText = (value: Cell | undefined): string | null =>
  typeof value === 'string' ? value : value === null || value === undefined ? null : JSON.stringify(value)

/** Reads one part. What is not a known part stays as it came, so that nothing that was sent is hidden. */
export function readPart(cell: Cell): Part {
  if (typeof cell === 'string') return { type: 'text', content: cell }
  if (!isRecord(cell)) return { type: 'other', value: cell }
  const part = cell as Record<string, Cell>
  const content = asText(part['content'])
  const modality = asText(part['modality']) ?? 'file'
  const mime = asText(part['mime_type'])
  switch (part['type']) {
    case 'text': return content === null ? { type: 'other', value: cell } : { type: 'text', content }
    case 'reasoning': return { type: 'reasoning', content: content ?? '' }
    case 'refusal': return { type: 'refusal', content: content ?? '' }
    case 'tool_call': return { type: 'tool_call', id: asText(part['id']), name: asText(part['name']) ?? '', arguments: asText(part['arguments']) ?? '' }
    case 'tool_call_response':
      return { type: 'tool_call_response', id: asText(part['id']), name: asText(part['name']), response: asText(part['response']) ?? '' }
    case 'blob': {
      const attachment = asText(part['attachment'])
      return attachment === null ? { type: 'other', value: cell } : { type: 'blob', modality, mime_type: mime, attachment }
    }
    case 'uri': {
      const uri = asText(part['uri'])
      return uri === null ? { type: 'other', value: cell } : { type: 'uri', modality, mime_type: mime, uri }
    }
    case 'file': return { type: 'file', modality, mime_type: mime, file_id: asText(part['file_id']) ?? '' }
    default: return { type: 'other', value: cell }
  }
}

export type ChatPart = Part | { type: 'answered_call'; call: Extract<Part, { type: 'tool_call' }>; response: string }

export interface ChatMessage {
  key: string
  role: string
  parts: ChatPart[]
  output: boolean
  choice: number | null
  finishReason: string | null
}

export type ChatBlock =
  | { type: 'message'; message: ChatMessage }
  | { type: 'system'; messages: ChatMessage[]; chars: number; isNew: boolean }
  | { type: 'history'; messages: ChatMessage[]; chars: number }

const SYSTEM_ROLES: ReadonlySet<string> = new Set(['system', 'developer'])

function charsOf(messages: readonly ChatMessage[]): number {
  let chars = 0
  for (const message of messages) for (const part of message.parts) {
    if ('content' in part) chars += part.content.length
    else if (part.type === 'tool_call') chars += part.arguments.length
    else if (part.type === 'tool_call_response') chars += part.response.length
    else if (part.type === 'answered_call') chars += part.call.arguments.length + part.response.length
  }
  return chars
}

/**
 * Blocks in reading order: system prompt, unchanged history, what is new in this call, its answers. A tool result that
 * answers a call in the same block is shown inside that call; a message of which nothing is left is left out.
 */
export function chatBlocks(input: readonly Message[], output: readonly Message[]): ChatBlock[] {
  const ordered = [...input].sort((a, b) => a.position - b.position)
  const read = (message: Message, isOutput: boolean, index: number): ChatMessage => ({
    key: `${isOutput ? 'out' : 'in'}-${message.position ?? index}-${message.choice ?? 0}-${index}`,
    role: message.role === '' ? 'message' : message.role,
    parts: (Array.isArray(message.parts) ? message.parts : []).map(readPart),
    output: isOutput,
    choice: message.choice ?? null,
    finishReason: message.finish_reason ?? null,
  })
  const system = ordered.filter((message) => SYSTEM_ROLES.has(message.role))
  const rest = ordered.filter((message) => !SYSTEM_ROLES.has(message.role))
  let firstNew = rest.findIndex((message) => message.is_new)
  if (firstNew < 0) firstNew = output.length > 0 || rest.length < 3 ? Math.max(0, rest.length - 1) : rest.length
  // A single unchanged message is shorter than the line that would hide it.
  if (firstNew === 1) firstNew = 0
  const names = callNames([...input, ...output])
  const history = pairResults(rest.slice(0, firstNew).map((message, index) => read(message, false, index)), names)
  const fresh = pairResults(rest.slice(firstNew).map((message, index) => read(message, false, firstNew + index)), names)
  const answers = output.map((message, index) => read(message, true, index))
  const blocks: ChatBlock[] = []
  const systemMessages = system.map((message, index) => read(message, false, -1 - index))
  if (systemMessages.length > 0) blocks.push({ type: 'system', messages: systemMessages, chars: charsOf(systemMessages), isNew: system.some((message) => message.is_new) })
  if (history.length > 0) blocks.push({ type: 'history', messages: history, chars: charsOf(history) })
  for (const message of [...fresh, ...answers]) blocks.push({ type: 'message', message })
  return blocks
}

/** The names of all calls by their id: a result often says only which call it answers. */
function callNames(messages: readonly Message[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const message of messages) for (const part of (Array.isArray(message.parts) ? message.parts : []).map(readPart)) {
    if (part.type === 'tool_call' && part.id !== null) names.set(part.id, part.name)
  }
  return names
}

/** Moves each tool result to the call with its id. Calls without a result and results without a call stay. */
export function pairResults(messages: ChatMessage[], names: ReadonlyMap<string, string> = new Map()): ChatMessage[] {
  const responses = new Map<string, string>()
  const called = new Set<string>()
  for (const message of messages) for (const part of message.parts) {
    if (part.type === 'tool_call_response' && part.id !== null) responses.set(part.id, part.response)
    if (part.type === 'tool_call' && part.id !== null) called.add(part.id)
  }
  return messages
    .map((message) => ({
      ...message,
      parts: message.parts
        .filter((part) => !(part.type === 'tool_call_response' && part.id !== null && called.has(part.id)))
        .map((part): ChatPart => {
          const response = part.type === 'tool_call' && part.id !== null ? responses.get(part.id) : undefined
          if (part.type === 'tool_call_response' && part.name == null && part.id !== null) return { ...part, name: names.get(part.id) ?? null }
          return part.type === 'tool_call' && response !== undefined ? { type: 'answered_call', call: part, response } : part
        }),
    }))
    .filter((message, index) => message.parts.length > 0 || (messages[index]?.parts.length ?? 0) === 0)
}

/** Text that is a JSON object or list reads better as JSON than as Markdown. */
export function looksLikeJson(text: string): boolean {
  const trimmed = text.trim()
  if (!/^[[{]/.test(trimmed) || !/[\]}]$/.test(trimmed)) return false
  try {
    JSON.parse(trimmed)
    return true
  } catch {
    return false
  }
}

/** A tool call in a conversation: which tool, by which id, asked for by this call or before it, the how manieth of its name. */
export interface ToolCallPlace {
  name: string
  id: string | null
  output: boolean
  nth: number
}

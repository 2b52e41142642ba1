// Messages of two calls, aligned by their hashes: equal hashes are equal content, exactly.
import type { Message } from '@/api/types'
import { readPart } from '@/features/span'

export interface MessagePair {
  a: Message | null
  b: Message | null
  same: boolean
}

/** Longest common run of hashes by the table of lengths; beyond this size only what stands at the ends is aligned. */
const CELLS_MAX = 4_000_000

/** Pairs in order. Between two equal messages, what differs is paired by role and place, so that a rewritten message stands beside what it was. */
export function alignMessages(a: readonly Message[], b: readonly Message[]): MessagePair[] {
  let head = 0
  while (head < a.length && head < b.length && a[head]?.hash === b[head]?.hash) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail]?.hash === b[b.length - 1 - tail]?.hash) tail++
  const pairs: MessagePair[] = []
  const same = (i: number, j: number): void => void pairs.push({ a: a[i] ?? null, b: b[j] ?? null, same: true })
  for (let i = 0; i < head; i++) same(i, i)
  const middleA = a.slice(head, a.length - tail)
  const middleB = b.slice(head, b.length - tail)
  pairs.push(...alignMiddle(middleA, middleB))
  for (let i = tail; i > 0; i--) same(a.length - i, b.length - i)
  return pairs
}

function alignMiddle(a: readonly Message[], b: readonly Message[]): MessagePair[] {
  if (a.length === 0 || b.length === 0 || a.length * b.length > CELLS_MAX) return pairRest(a, b)
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i]?.hash === b[j]?.hash ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0)
    }
  }
  const pairs: MessagePair[] = []
  let [i, j, fromA, fromB] = [0, 0, 0, 0]
  const flush = (): void => {
    pairs.push(...pairRest(a.slice(fromA, i), b.slice(fromB, j)))
  }
  while (i < a.length && j < b.length) {
    if (a[i]?.hash === b[j]?.hash) {
      flush()
      pairs.push({ a: a[i++] ?? null, b: b[j++] ?? null, same: true })
      fromA = i
      fromB = j
    } else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i++
    else j++
  }
  i = a.length
  j = b.length
  flush()
  return pairs
}

/** What has no equal on the other side: one beside the other as long as their roles agree. */
function pairRest(a: readonly Message[], b: readonly Message[]): MessagePair[] {
  const pairs: MessagePair[] = []
  let j = 0
  for (const message of a) {
    const other = b.findIndex((candidate, index) => index >= j && candidate.role === message.role)
    if (other < 0) {
      pairs.push({ a: message, b: null, same: false })
      continue
    }
    for (; j < other; j++) pairs.push({ a: null, b: b[j] ?? null, same: false })
    pairs.push({ a: message, b: b[j++] ?? null, same: false })
  }
  for (; j < b.length; j++) pairs.push({ a: null, b: b[j] ?? null, same: false })
  return pairs
}

/** A message as one text, for comparing. */
export function messageText(message: Message | null): string {
  if (message === null) return ''
  return message.parts.map((cell) => {
    const part = readPart(cell)
    switch (part.type) {
      case 'text': case 'reasoning': case 'refusal': return part.content
      case 'tool_call': return `${part.name}(${pretty(part.arguments)})`
      case 'tool_call_response': return pretty(part.response)
      case 'blob': return `[${part.modality} ${part.attachment}]`
      case 'uri': return `[${part.modality} ${part.uri}]`
      case 'file': return `[${part.modality} ${part.file_id}]`
      default: return JSON.stringify(part.value, null, 2)
    }
  }).join('\n\n')
}

/** JSON on lines of its own, so that one changed member is one changed line. */
function pretty(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

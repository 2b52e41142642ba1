// Which words each delta carried. The sizes of a timeline are bytes of what was streamed, reasoning, text and arguments
// of tool calls in their order; the stored answer has the same bytes. Where the two do not agree, or sizes are missing, places
// are estimates and marked as such; where the lengths are far apart no words are shown.
import type { SpanDetail } from '@/api/types'
import { numberOf, readPart } from '@/features/span'
import type { Stream } from './stream'

/** `near`: lengths differ a little; `share`: sizes were not recorded, so each delta is taken to carry as much as the next one. */
export type Fit = 'exact' | 'near' | 'share' | 'none'

export interface Answer {
  bytes: Uint8Array
  fit: Fit
  /** Bytes the deltas carried. */
  streamed: number
  /** Why there are no words; null when there are. */
  why: string | null
}

/** Further apart than this the words would be wrong ones: a share of the streamed bytes. */
const NEAR_SHARE = 0.05

/** What the model wrote, in the order in which it is streamed. */
export function outputText(detail: SpanDetail): string {
  let text = ''
  for (const message of detail.output_messages) for (const part of (Array.isArray(message.parts) ? message.parts : []).map(readPart)) {
    if (part.type === 'text' || part.type === 'reasoning' || part.type === 'refusal') text += part.content
    else if (part.type === 'tool_call') text += part.arguments
  }
  return text
}

export function buildAnswer(detail: SpanDetail, stream: Stream): Answer {
  const bytes = new TextEncoder().encode(outputText(detail))
  const streamed = stream.sized ? (stream.before[stream.reads] ?? 0) : 0
  const none = (why: string): Answer => ({ bytes, fit: 'none', streamed, why })
  if (bytes.length === 0) return none('The answer itself was not captured.')
  if (detail.output_messages.length > 1) return none('Several answers were streamed at once: which delta belongs to which is not recorded.')
  if (!stream.sized) {
    // Reasoning that was streamed but not kept would push every word to the wrong place.
    const hidden = (numberOf(detail, 'reasoning_tokens') ?? 0) > 0 && !detail.output_messages.some((message) => message.parts.map(readPart).some((part) => part.type === 'reasoning' && part.content !== ''))
    return hidden ? none('How much each delta carried was not recorded.') : { bytes, fit: 'share', streamed, why: null }
  }
  if (streamed === bytes.length) return { bytes, fit: 'exact', streamed, why: null }
  if (Math.abs(streamed - bytes.length) <= NEAR_SHARE * streamed) return { bytes, fit: 'near', streamed, why: null }
  return none('The deltas and the stored answer are not equally long, so their words cannot be matched.')
}

/** The byte of the answer with which a read began. */
function placeOf(answer: Answer, stream: Stream, read: number): number {
  const before = stream.before[read] ?? 0
  return answer.fit === 'share' ? Math.round((before / Math.max(1, stream.before[stream.reads] ?? 1)) * answer.bytes.length) : before
}

const decoder = new TextDecoder()
const continues = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

/** Moves a cut inside a letter to the letter's first byte. */
export function letterStart(bytes: Uint8Array, at: number): number {
  let place = Math.max(0, Math.min(at, bytes.length))
  while (place > 0 && continues(bytes[place])) place--
  return place
}

/** The letters of a half-open range of bytes; a letter belongs to where it begins. */
export function textOfBytes(bytes: Uint8Array, from: number, to: number): string {
  return decoder.decode(bytes.subarray(letterStart(bytes, from), letterStart(bytes, to)))
}

export interface Around {
  before: string
  text: string
  after: string
}

/** What a read carried, with some of the answer to both sides. */
export function around(answer: Answer, stream: Stream, read: number, reach = 60): Around | null {
  if (answer.fit === 'none' || read < 0 || read >= stream.reads) return null
  const from = placeOf(answer, stream, read)
  const to = placeOf(answer, stream, read + 1)
  return {
    before: textOfBytes(answer.bytes, Math.max(0, from - reach), from),
    text: textOfBytes(answer.bytes, from, to),
    after: textOfBytes(answer.bytes, to, to + reach),
  }
}

export interface Segment {
  text: string
  /** The read it began with; −1 for what is between marked ones. */
  read: number
  /** ns of the pause before it, where that is worth a mark. */
  gap: number
  stall: boolean
}

/** The answer in pieces: those that came after a long pause are pieces of their own, all else runs together. */
export function segments(answer: Answer, stream: Stream, slowNs: number): Segment[] {
  if (answer.fit === 'none') return []
  const out: Segment[] = []
  const ends = new Set(stream.stalls.map((stall) => stall.to))
  let from = 0
  const flush = (to: number): void => {
    if (to > from) out.push({ text: textOfBytes(answer.bytes, from, to), read: -1, gap: 0, stall: false })
    from = to
  }
  for (let read = 1; read < stream.reads; read++) {
    const gap = (stream.at[read] ?? 0) - (stream.at[read - 1] ?? 0)
    const stall = ends.has(stream.at[read] ?? 0)
    if (!stall && !(gap > slowNs)) continue
    const start = letterStart(answer.bytes, placeOf(answer, stream, read))
    flush(start)
    const to = letterStart(answer.bytes, placeOf(answer, stream, read + 1))
    out.push({ text: textOfBytes(answer.bytes, start, to), read, gap, stall })
    from = to
  }
  flush(answer.bytes.length)
  return out
}

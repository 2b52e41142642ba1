// Where the messages of a call lie on its bar: widths are tokens; neighbours that are too narrow to be seen are one.
import type { CacheCall, CacheItem } from '@/api/threads'

export interface Segment {
  role: string
  tokens: number
  /** Items of the call, half-open. */
  from: number
  to: number
  shared: boolean
  broken: boolean
  x: number
  width: number
}

const NARROW = 3

const weightOf = (item: CacheItem): number => item.tokens ?? 1

/** All of a call's items have a length, or none: without an estimate each is drawn as wide as the next. */
export const isEstimated = (call: CacheCall): boolean => call.items.every((item) => item.tokens !== null)

export function widthOf(call: CacheCall): number {
  return call.items.reduce((sum, item) => sum + weightOf(item), 0)
}

export function segmentsOf(call: CacheCall, pixelsPerToken: number): Segment[] {
  const segments: Segment[] = []
  let x = 0
  call.items.forEach((item, index) => {
    const tokens = weightOf(item)
    const width = tokens * pixelsPerToken
    const role = item.role ?? 'message'
    const shared = index < call.shared_items
    const broken = index === call.broken_item
    const last = segments.at(-1)
    // The message that broke the prefix always stands alone.
    if (last && !broken && !last.broken && last.role === role && last.shared === shared && (last.width < NARROW || width < NARROW)) {
      last.tokens += tokens
      last.width += width
      last.to = index + 1
    } else {
      segments.push({ role, tokens, from: index, to: index + 1, shared, broken, x, width })
    }
    x += width
  })
  return segments
}

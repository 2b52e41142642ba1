import { describe, expect, it } from 'vitest'
import type { CallRow, Cell, SpanDetail } from '@/api/types'
import { around, buildAnswer, segments, textOfBytes } from './answer'
import { planAttempts } from './attempts'
import { exchangeCurl, shownUrl, shownValue } from './exchange'
import { buildStream, gapBefore, gapBins, nearestRead, quantile, readAfter, readFrom } from './stream'

const MS = 1e6
const timeline = (ms: number[], sizes: number[] = []) => ({ offsets_ns: ms.map((value) => value * MS), sizes })

describe('a stream', () => {
  const stream = buildStream(timeline([100, 110, 110, 110, 120, 1400, 1410], [1, 2, 3, 4, 5, 6, 7]), 2000 * MS)
  it('merges what one read delivered', () => {
    expect(stream.reads).toBe(5)
    expect([...stream.at].map((ns) => ns / MS)).toEqual([100, 110, 120, 1400, 1410])
    expect([...stream.first]).toEqual([0, 1, 4, 5, 6, 7])
    expect([...stream.before]).toEqual([0, 1, 10, 15, 21, 28])
  })
  it('finds its stalls and the read after each', () => {
    expect(stream.stalls).toEqual([{ from: 120 * MS, to: 1400 * MS }])
    expect(stream.stalls.map((stall) => readAfter(stream, stall))).toEqual([3])
    expect(gapBefore(stream, 3)).toBe(1280 * MS)
    expect(gapBefore(stream, 0)).toBeNaN()
  })
  it('knows the nearest read of a moment', () => {
    expect([0, 104, 106, 700, 1399, 5000].map((ms) => nearestRead(stream, ms * MS))).toEqual([0, 0, 1, 2, 3, 4])
    expect(readFrom(stream, 1411 * MS)).toBe(5)
  })
  it('reaches to the end of the call, or to the last delta where clocks disagree', () => {
    expect(stream.length).toBe(2000 * MS)
    expect(buildStream(timeline([5, 90]), 10 * MS).length).toBe(90 * MS)
  })
  it('counts deltas where sizes are missing', () => {
    const bare = buildStream(timeline([1, 2, 2]), null)
    expect([bare.sized, ...bare.before]).toEqual([false, 0, 1, 3])
  })
  it('is nothing without a timeline', () => {
    const none = buildStream(null, 5)
    expect([none.reads, none.deltas, none.length, nearestRead(none, 3)]).toEqual([0, 0, 5, -1])
    expect(gapBins(none)).toEqual([])
    expect(quantile(none.gaps, 0.5)).toBeNaN()
    // One long pause of eleven is beyond the 95th of a hundred.
    expect([0.5, 0.95, 0.99, 1].map((p) => quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 46], p))).toEqual([6, 46, 46, 46])
  })
  it('puts every gap into one bin', () => {
    const many = buildStream(timeline(Array.from({ length: 200 }, (_, i) => i * i)), null)
    expect(gapBins(many).reduce((sum, bin) => sum + bin.count, 0)).toBe(many.gaps.length)
  })
  it('takes ten thousand deltas', () => {
    const huge = buildStream(timeline(Array.from({ length: 10_000 }, (_, i) => i >> 1), Array.from({ length: 10_000 }, () => 10)), null)
    expect([huge.reads, huge.before[5000]]).toEqual([5000, 100_000])
  })
})

function detail(parts: Cell[], more = 0): SpanDetail {
  const message = { hash: '', role: 'assistant', parts, is_new: true, position: 0 }
  return {
    trace_id: 't', span_id: 's', input_messages: [], output_messages: [message, ...Array.from({ length: more }, () => message)], tool_definitions: [],
    attributes: [], resource: [], events: [], links: [], price: null, timeline: null,
  }
}

describe('the words of deltas', () => {
  const parts: Cell[] = [{ type: 'reasoning', content: 'hm ' }, { type: 'text', content: 'Grüße 👋' }, { type: 'tool_call', id: 'c', name: 'f', arguments: '{}' }]
  const stream = buildStream(timeline([1, 2, 3, 4], [3, 7, 6, 2].map((n) => n)), null)
  it('are the bytes of reasoning, text and arguments in their order', () => {
    const bytes = new TextEncoder().encode('hm Grüße 👋{}').length
    const exact = buildStream(timeline([1, 2, 3, 4], [3, 7, bytes - 12, 2]), null)
    const answer = buildAnswer(detail(parts), exact)
    expect(answer.fit).toBe('exact')
    expect(around(answer, exact, 1)).toEqual({ before: 'hm ', text: 'Grüße', after: ' 👋{}' })
    expect(around(answer, exact, 9)).toBeNull()
  })
  it('never show half a letter', () => {
    const bytes = new TextEncoder().encode('a👋b')
    expect([textOfBytes(bytes, 0, 3), textOfBytes(bytes, 3, 6), textOfBytes(bytes, 1, 99)]).toEqual(['a', '👋b', '👋b'])
  })
  it('are not shown where they cannot be known', () => {
    expect(buildAnswer(detail([]), stream).fit).toBe('none')
    expect(buildAnswer(detail([{ type: 'text', content: 'x'.repeat(50) }]), stream).fit).toBe('none')
    expect(buildAnswer(detail([{ type: 'text', content: 'x'.repeat(18) }], 1), stream).fit).toBe('none')
    expect(buildAnswer({ ...detail([{ type: 'text', content: 'x' }]), reasoning_tokens: 9 }, buildStream(timeline([1]), null)).why).toMatch(/not recorded/)
    expect(buildAnswer(detail([{ type: 'text', content: 'x'.repeat(1005) }]), buildStream(timeline([1, 2], [500, 500]), null)).fit).toBe('near')
  })
  it('are shared out evenly where sizes were not recorded', () => {
    const bare = buildStream(timeline([1, 2, 3, 4]), null)
    const answer = buildAnswer(detail([{ type: 'text', content: 'aaaabbbbccccdddd' }]), bare)
    expect([answer.fit, around(answer, bare, 2, 4)]).toEqual(['share', { before: 'bbbb', text: 'cccc', after: 'dddd' }])
  })
  it('fall into pieces at pauses and together are the answer', () => {
    const slow = buildStream(timeline([10, 20, 30, 1000, 1010, 1100], [2, 2, 2, 2, 2, 2]), null)
    const answer = buildAnswer(detail([{ type: 'text', content: 'aabbccddeeff' }]), slow)
    const pieces = segments(answer, slow, 50 * MS)
    expect(pieces.map((piece) => [piece.text, piece.stall])).toEqual([['aabbcc', false], ['dd', true], ['ee', false], ['ff', false]])
    expect(pieces.map((piece) => piece.text).join('')).toBe('aabbccddeeff')
  })
})

it('attempts stand on one axis, to the nanosecond', () => {
  const call = (attempt: number, start: string, ms: number) => ({ attempt, start_time: start, duration_ns: ms * MS }) as CallRow
  const plan = planAttempts([call(2, '2026-11-21T10:00:01.300000500Z', 900), call(1, '2026-11-21T10:00:00.000000250Z', 300)])
  expect(plan.bars.map((bar) => [bar.number, bar.start, bar.waited])).toEqual([[1, 0, 0], [2, 1300 * MS + 250, 1000 * MS + 250]])
  expect(plan.length).toBe(2200 * MS + 250)
})

describe('an exchange', () => {
  it('shows no key', () => {
    expect(shownValue('Authorization', 'Bearer sk-abc')).not.toContain('sk-abc')
    expect(shownValue('X-Api-Key', '[redacted]')).toBe('[redacted]')
    expect(shownValue('content-type', 'application/json')).toBe('application/json')
    expect(shownUrl('https://g.test/v1?key=AIza1&alt=sse')).toBe('https://g.test/v1?key=••••&alt=sse')
  })
  it('runs again with the key from the environment', () => {
    const command = exchangeCurl({
      request: { method: 'POST', url: 'https://api.test/v1?key=AIza', headers: [['Host', 'api.test'], ['Authorization', 'Bearer sk-abc'], ['Content-Type', 'application/json'], ['Cookie', 'a=b']], body: '{"a":"it\'s"}' },
      response: null,
    }, 'mistral_ai')
    expect(command).toBe('curl "https://api.test/v1?key=$MISTRAL_API_KEY" \\\n  -H "authorization: Bearer $MISTRAL_API_KEY" \\\n  -H \'content-type: application/json\' \\\n  --data-binary \'{"a":"it\'\\\'\'s"}\'\n')
  })
})

import { describe, expect, it } from 'vitest'
import { stallsOf } from './timeline'

const at = (...ms: number[]) => ({ offsets_ns: ms.map((value) => value * 1e6), sizes: ms.map(() => 1) })

describe('stalls', () => {
  it('are pauses that are long in themselves and for this stream', () => {
    expect(stallsOf(at(500, 520, 540, 560, 1400, 1420, 1440))).toEqual([{ from: 560e6, to: 1400e6 }])
  })
  it('are not what is short, though long for a quick stream', () => expect(stallsOf(at(500, 501, 502, 503, 600, 601))).toEqual([]))
  it('are not the even pace of a slow stream', () => expect(stallsOf(at(500, 1000, 1500, 2000, 2600))).toEqual([]))
  it('need two deltas; the wait for the first is no stall', () => {
    expect(stallsOf(at(9000))).toEqual([])
    expect(stallsOf(at())).toEqual([])
  })
})

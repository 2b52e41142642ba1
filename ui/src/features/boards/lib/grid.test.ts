import { describe, expect, it } from 'vitest'
import { COLUMNS, freeId, freePlace, moved, nudged, overlaps, resized, settled, type Box } from './grid'

const box = (id: string, x: number, y: number, w: number, h: number): Box => ({ id, x, y, w, h })
const at = (boxes: readonly Box[], id: string): number[] => { const found = boxes.find((item) => item.id === id); return found ? [found.x, found.y, found.w, found.h] : [] }

/** Numbers that are the same in each run. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    yield state / 0x7fffffff
  }
}

describe('the grid of a dashboard', () => {
  it('pushes down what a moved panel meets, and lets the rest rise', () => {
    const boxes = [box('a', 0, 0, 6, 2), box('b', 6, 0, 6, 2), box('c', 0, 2, 12, 3)]
    const next = moved(boxes, 'c', 0, 0)
    expect([at(next, 'c'), at(next, 'a'), at(next, 'b')]).toEqual([[0, 0, 12, 3], [0, 3, 6, 2], [6, 3, 6, 2]])
    expect(at(moved(boxes, 'a', 99, 0), 'a')).toEqual([6, 0, 6, 2])
    expect(at(moved(boxes, 'a', -5, -5), 'a')).toEqual([0, 0, 6, 2])
  })
  it('makes room for one that grows, and keeps sizes within the grid', () => {
    const boxes = [box('a', 0, 0, 6, 2), box('b', 6, 0, 6, 2)]
    const wide = resized(boxes, 'a', 9, 2)
    expect([at(wide, 'a'), at(wide, 'b')]).toEqual([[0, 0, 9, 2], [6, 2, 6, 2]])
    expect(at(resized(boxes, 'b', 40, 400), 'b')).toEqual([6, 0, 6, 20])
    expect(at(resized(boxes, 'b', 0, 0), 'b')).toEqual([6, 0, 1, 1])
  })
  it('changes places by keyboard', () => {
    const boxes = [box('a', 0, 0, 12, 2), box('b', 0, 2, 12, 4), box('c', 0, 6, 12, 1)]
    expect(nudged(boxes, 'a', 0, 1).map((item) => item.id)).toEqual(['b', 'a', 'c'])
    expect(nudged(boxes, 'c', 0, -1).map((item) => item.id)).toEqual(['a', 'c', 'b'])
    expect(nudged(boxes, 'c', 0, 1)).toEqual(boxes)
    expect(nudged(boxes, 'a', 0, -1)).toEqual(boxes)
    expect(at(nudged([box('a', 0, 0, 4, 1)], 'a', 1, 0), 'a')).toEqual([1, 0, 4, 1])
  })
  it('never lays one over another, nor outside, nor loses one, whatever is done', () => {
    const next = numbers(7)
    const draw = (below: number): number => Math.floor((next.next().value as number) * below)
    let boxes: Box[] = []
    for (let step = 0; step < 1500; step++) {
      const id = `p${draw(12) + 1}`
      const kind = draw(5)
      if (kind === 0 && boxes.length < 12) { const [w, h] = [1 + draw(12), 1 + draw(6)]; boxes = settled([...boxes, { id: freeId(boxes), ...freePlace(boxes, w, h), w, h }]) }
      else if (kind === 1) boxes = settled(boxes.filter((item) => item.id !== id))
      else if (kind === 2) boxes = moved(boxes, id, draw(16) - 2, draw(30) - 2)
      else if (kind === 3) boxes = resized(boxes, id, draw(15), draw(9))
      else boxes = nudged(boxes, id, draw(3) - 1, draw(3) - 1)
      const whole = new Set(boxes.map((item) => item.id)).size === boxes.length && boxes.every((item) => item.x >= 0 && item.y >= 0 && item.x + item.w <= COLUMNS && item.w > 0 && item.h > 0)
      const over = boxes.some((item, index) => boxes.slice(index + 1).some((other) => overlaps(item, other)))
      expect([step, whole, over]).toEqual([step, true, false])
    }
  })
  it('finds room for a new one', () => {
    const boxes = [box('p1', 0, 0, 8, 4), box('p3', 0, 4, 12, 2)]
    expect([freePlace(boxes, 4, 4), freePlace(boxes, 6, 4), freePlace([], 6, 4), freeId(boxes)]).toEqual([{ x: 8, y: 0 }, { x: 0, y: 6 }, { x: 0, y: 0 }, 'p2'])
  })
})

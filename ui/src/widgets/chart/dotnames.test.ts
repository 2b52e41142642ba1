import { describe, expect, it } from 'vitest'
import { placeNames, type NamedDot } from './dotnames'

const FRAME = { left: 0, top: 0, right: 400, bottom: 300 }
const dot = (x: number, y: number, width = 60, r = 8): NamedDot => ({ x, y, r, width })
const sides = (dots: readonly NamedDot[]): string[] => placeNames(dots, FRAME).map(({ anchor, shown, y }, index) => (!shown ? 'none' : anchor === 'middle' ? (y < (dots[index]?.y ?? 0) ? 'above' : 'below') : anchor))

describe('names of dots', () => {
  it('stand to the right, and to the left where the picture ends', () => expect(sides([dot(100, 100), dot(390, 200)])).toEqual(['start', 'end']))
  it('make room for each other', () => {
    expect(sides([dot(100, 100), dot(112, 104)])).toEqual(['end', 'start'])
    expect(sides([dot(100, 100), dot(130, 100)])).toEqual(['end', 'start'])
    expect(sides([dot(30, 100), dot(34, 104)])).toEqual(['start', 'below'])
  })
  it('are left out where there is no place, those of the last first', () => {
    const heap = Array.from({ length: 9 }, (_, at) => dot(200 + at, 150 + at, 120))
    const found = sides(heap)
    expect(found[0]).not.toBe('none')
    expect(found.filter((side) => side === 'none').length).toBeGreaterThan(3)
    expect(found.at(-1)).toBe('none')
  })
  it('never stand on another', () => {
    const dots = Array.from({ length: 40 }, (_, at) => dot(20 + ((at * 97) % 360), 20 + ((at * 53) % 260), 40 + ((at * 31) % 90)))
    const boxes = placeNames(dots, FRAME).flatMap((place, at) => {
      const { width } = dots[at] ?? dot(0, 0)
      const left = place.anchor === 'start' ? place.x : place.anchor === 'end' ? place.x - width : place.x - width / 2
      return place.shown ? [{ left, right: left + width, y: place.y }] : []
    })
    expect(boxes.length).toBeGreaterThan(10)
    for (const [at, a] of boxes.entries()) for (const b of boxes.slice(at + 1)) expect(Math.abs(a.y - b.y) >= 12.9 || a.right <= b.left || b.right <= a.left).toBe(true)
  })
  it('keep a place for the moment in which their dot is pointed at', () => {
    const [, last] = placeNames([dot(200, 150, 390), dot(200, 156, 390)], FRAME)
    expect(last).toMatchObject({ shown: true, anchor: 'middle' })
    const [wide] = placeNames([dot(200, 150, 900)], FRAME)
    expect(wide).toMatchObject({ shown: false, anchor: 'start', x: 213 })
  })
})

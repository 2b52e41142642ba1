// The grid of a dashboard: twelve columns, rows without holes. What is moved pushes what it meets downwards, and everything
// rises as far as it can. Pure.
import { clamp } from '@/base/values'

export const COLUMNS = 12
export const HEIGHT_MAX = 20
/** As the server has it. */
export const PANELS_MAX = 50

export interface Box {
  id: string
  x: number
  y: number
  w: number
  h: number
}

export const overlaps = (a: Box, b: Box): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

const inOrder = <T extends Box>(boxes: readonly T[]): T[] => [...boxes].sort((a, b) => a.y - b.y || a.x - b.x)

/** The highest place for a box in its columns that nothing above keeps it from, at or below where it cannot rise. */
function dropped<T extends Box>(box: T, placed: readonly T[]): T {
  let next = { ...box, y: Math.max(0, box.y) }
  while (placed.some((other) => overlaps(next, other))) next = { ...next, y: next.y + 1 }
  while (next.y > 0 && !placed.some((other) => overlaps({ ...next, y: next.y - 1 }, other))) next = { ...next, y: next.y - 1 }
  return next
}

/** Every box as high as it can be. `first` keeps its place while the others make room, and then rises as well. */
export function settled<T extends Box>(boxes: readonly T[], first?: T): T[] {
  const others = inOrder(boxes.filter((box) => box.id !== first?.id))
  const placed: T[] = []
  for (const box of others) placed.push(dropped(box, first ? [...placed, first] : placed))
  if (first) placed.push(dropped(first, placed.filter((box) => box.id !== first.id)))
  // What stood below the first box may rise once that has.
  const done: T[] = []
  for (const box of inOrder(placed)) done.push(dropped(box, done))
  return inOrder(done)
}

/** Moves a box's upper left corner, within the grid. */
export function moved<T extends Box>(boxes: readonly T[], id: string, x: number, y: number): T[] {
  const box = boxes.find((item) => item.id === id)
  if (!box) return [...boxes]
  const next = { ...box, x: clamp(x, 0, COLUMNS - box.w), y: Math.max(0, y) }
  return settled(boxes, next)
}

export function resized<T extends Box>(boxes: readonly T[], id: string, w: number, h: number): T[] {
  const box = boxes.find((item) => item.id === id)
  if (!box) return [...boxes]
  const next = { ...box, w: clamp(w, 1, COLUMNS - box.x), h: clamp(h, 1, HEIGHT_MAX) }
  return settled(boxes, next)
}

/** A step by keyboard. Down and up change places with what lies there, since a single row would only be risen again. */
export function nudged<T extends Box>(boxes: readonly T[], id: string, dx: number, dy: number): T[] {
  const box = boxes.find((item) => item.id === id)
  if (!box) return [...boxes]
  if (dy === 0) return moved(boxes, id, box.x + dx, box.y)
  const meets = (other: Box): boolean => other.id !== id && other.x < box.x + box.w && box.x < other.x + other.w
  const below = boxes.filter((other) => meets(other) && other.y >= box.y + box.h)
  const above = boxes.filter((other) => meets(other) && other.y + other.h <= box.y)
  if (dy > 0) return below.length === 0 ? [...boxes] : moved(boxes, id, box.x, Math.min(...below.map((other) => other.y + other.h)))
  const upper = Math.max(-1, ...above.map((other) => other.y))
  return upper < 0 ? [...boxes] : moved(boxes, id, box.x, upper)
}

/** The first place, row by row, where a box of this size fits. */
export function freePlace(boxes: readonly Box[], w: number, h: number): { x: number; y: number } {
  const end = Math.max(0, ...boxes.map((box) => box.y + box.h))
  for (let y = 0; y < end; y++) for (let x = 0; x + w <= COLUMNS; x++) {
    if (!boxes.some((box) => overlaps(box, { id: '', x, y, w, h }))) return { x, y }
  }
  return { x: 0, y: end }
}

export function freeId(boxes: readonly Box[]): string {
  for (let number = 1; ; number++) if (!boxes.some((box) => box.id === `p${number}`)) return `p${number}`
}

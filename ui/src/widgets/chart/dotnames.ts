// Where the names of dots stand: beside their dot, else above or below it, on no other name and on no other dot. A name without such a place is left out. Pure.

export interface NamedDot {
  x: number
  y: number
  r: number
  /** How wide its name is. */
  width: number
}

export interface Frame {
  left: number
  top: number
  right: number
  bottom: number
}

export interface NamePlace {
  /** Where the text is anchored, and its baseline. */
  x: number
  y: number
  anchor: 'start' | 'middle' | 'end'
  /** False for a name that would stand on something: it is shown only while its dot is pointed at. */
  shown: boolean
}

interface Candidate {
  box: Frame
  x: number
  anchor: NamePlace['anchor']
}

/** A line of small text, and what lies between it and its dot. */
const LINE = 13
const BESIDE = 5
const ABOVE = 2
/** From the middle of a line to its baseline. */
const BASELINE = 3.5
/** Names that touch read as one. */
const APART = 4

const crosses = (a: Frame, b: Frame, gap: number): boolean => a.left < b.right + gap && b.left < a.right + gap && a.top < b.bottom && b.top < a.bottom
const within = (box: Frame, frame: Frame): boolean => box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom

function covers(box: Frame, { x, y, r }: NamedDot): boolean {
  const dx = x - Math.min(Math.max(x, box.left), box.right)
  const dy = y - Math.min(Math.max(y, box.top), box.bottom)
  return dx * dx + dy * dy < r * r
}

/** Where a name may stand, best first. */
function candidatesOf({ x, y, r, width }: NamedDot): Candidate[] {
  const at = (left: number, middle: number, anchor: NamePlace['anchor']): Candidate => ({
    box: { left, right: left + width, top: middle - LINE / 2, bottom: middle + LINE / 2 }, anchor, x: anchor === 'start' ? left : anchor === 'end' ? left + width : left + width / 2,
  })
  return [
    at(x + r + BESIDE, y, 'start'), at(x - r - BESIDE - width, y, 'end'),
    at(x - width / 2, y - r - ABOVE - LINE / 2, 'middle'), at(x - width / 2, y + r + ABOVE + LINE / 2, 'middle'),
  ]
}

/** One place for each dot; those that come first choose first. */
export function placeNames(dots: readonly NamedDot[], frame: Frame): NamePlace[] {
  const taken: Frame[] = []
  return dots.map((dot) => {
    const all = candidatesOf(dot)
    const inside = all.filter(({ box }) => within(box, frame))
    const chosen = inside.find(({ box }) => !taken.some((other) => crosses(box, other, APART)) && !dots.some((other) => other !== dot && covers(box, other)))
    const place = chosen ?? inside[0] ?? all[0]
    if (chosen) taken.push(chosen.box)
    return place ? { x: place.x, y: (place.box.top + place.box.bottom) / 2 + BASELINE, anchor: place.anchor, shown: chosen !== undefined } : { x: dot.x, y: dot.y, anchor: 'start', shown: false }
  })
}

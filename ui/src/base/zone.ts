// The time zone that days and times are written in: the project's. One for the whole page, set by the shell before anything
// is drawn; the API speaks UTC whatever it is.

const QUARTER_MS = 900_000

let zone = 'UTC'
let format: Intl.DateTimeFormat | null = null
/** By the quarter of an hour: no zone changes its clock within one. */
const offsets = new Map<number, number>()

export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0) !== ''
  } catch {
    return false
  }
}

/** A zone that this browser does not know leaves times in UTC. */
export function setZone(name: string): void {
  const next = isZone(name) ? name : 'UTC'
  if (next === zone) return
  zone = next
  offsets.clear()
  format = zone === 'UTC' ? null : new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' })
}

export const zoneName = (): string => zone

/** What stands behind a time: `UTC`, `Berlin`. */
export const zoneLabel = (): string => (zone === 'UTC' ? 'UTC' : (zone.split('/').at(-1) ?? zone).replaceAll('_', ' '))

/** How far clocks in the zone are ahead of UTC at a moment, in ms. */
export function zoneOffset(ms: number): number {
  if (!format || !Number.isFinite(ms)) return 0
  const quarter = Math.floor(ms / QUARTER_MS)
  const known = offsets.get(quarter)
  if (known !== undefined) return known
  const at = quarter * QUARTER_MS
  const parts = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, Number(part.value)]))
  const offset = Date.UTC(parts['year'] ?? 1970, (parts['month'] ?? 1) - 1, parts['day'] ?? 1, parts['hour'] ?? 0, parts['minute'] ?? 0, parts['second'] ?? 0) - at
  // Long lists have many quarters; what is dropped is worked out again.
  if (offsets.size > 10_000) offsets.clear()
  offsets.set(quarter, offset)
  return offset
}

/** A date of which the UTC parts are those of the zone's clocks. */
export const inZone = (ms: number): Date => new Date(ms + zoneOffset(ms))

/** The moment at which clocks of the zone show what `ms` would show in UTC. An hour that clocks leave out is the one after. */
export function fromZone(ms: number): number {
  const guess = ms - zoneOffset(ms)
  return ms - zoneOffset(guess)
}

// One colour for one name, wherever it stands: a chart asks for the colours of its names, and what a name was given is kept in this
// browser. Within a chart no two names have the same colour.
import { isRecord, parseJson } from '@/base/values'

/** Tokens. There are more than a chart has series, so that names of several charts seldom share one. */
export const SERIES_COLOURS = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s7', '--s8'] as const

const KEY = 'vitrine-colours'
/** The names that were given a colour last are kept. */
const KEPT_MAX = 400

export type Given = Map<string, number>

/** Where a name begins to look for a free colour. */
function homeOf(name: string): number {
  let hash = 0
  for (let at = 0; at < name.length; at++) hash = (Math.imul(hash, 31) + name.charCodeAt(at)) >>> 0
  return hash % SERIES_COLOURS.length
}

/** Places in the palette for names that stand together; names that had none are added to `given`. */
export function placesOf(names: readonly string[], given: Given): number[] {
  const places = new Map<string, number>()
  const taken = new Set<number>()
  for (const name of names) {
    const place = given.get(name)
    if (place === undefined || taken.has(place)) continue
    places.set(name, place)
    taken.add(place)
  }
  const uses = SERIES_COLOURS.map((_, place) => [...given.values()].filter((used) => used === place).length)
  for (const name of names) {
    if (places.has(name)) continue
    const home = homeOf(name)
    const order = SERIES_COLOURS.map((_, step) => (home + step) % SERIES_COLOURS.length)
    const free = order.filter((place) => !taken.has(place))
    const place = (free.length > 0 ? free : order).reduce((best, next) => ((uses[next] ?? 0) < (uses[best] ?? 0) ? next : best))
    places.set(name, place)
    taken.add(place)
    // Whose colour another name of this chart has keeps its own elsewhere.
    if (!given.has(name)) {
      given.set(name, place)
      uses[place] = (uses[place] ?? 0) + 1
    }
  }
  return names.map((name) => places.get(name) ?? 0)
}

let given: Given | null = null

function read(): Given {
  try {
    const kept = parseJson(localStorage.getItem(KEY) ?? '{}')
    return new Map(Object.entries(isRecord(kept) ? kept : {}).filter((entry): entry is [string, number] => Number.isInteger(entry[1]) && SERIES_COLOURS[entry[1] as number] !== undefined))
  } catch {
    return new Map()
  }
}

/** Colour tokens of the names of one chart, in their order. */
export function coloursOf(names: readonly string[]): string[] {
  given ??= read()
  const known = given.size
  const colours = placesOf(names, given).map((place) => SERIES_COLOURS[place] ?? '--s1')
  if (given.size > known) {
    try {
      localStorage.setItem(KEY, JSON.stringify(Object.fromEntries([...given].slice(-KEPT_MAX))))
    } catch {
      // Without a store the colours last as long as the page.
    }
  }
  return colours
}

// One colour for one name, wherever it stands: a chart asks for the colours of its names. What a name of a project was given is kept in
// this browser, under a hash: not which names there are. Within a chart no two names have the same colour.
import { useCallback, useEffect } from 'react'
import { parseJson } from '@/base/values'

/** Tokens. There are more than a chart has series, so that names of several charts seldom share one. */
export const SERIES_COLOURS = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s7', '--s8'] as const

const KEY = 'vitrine-colours'
/** Of the projects and names that were used last. */
const PROJECTS_MAX = 8
const NAMES_MAX = 300

/** Places in the palette by id of a name, the one that was used last at the end. */
export type Given = Map<string, number>

/** The ids are in the order of their use, which an object would not keep for all of them. */
type Kept = [project: string, given: [id: string, place: number][]][]

/** What stands for a name. */
const shortOf = (text: string): string => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return hash.toString(36)
}

/** Where a name begins to look for a free colour. */
function homeOf(name: string): number {
  let hash = 0
  for (let at = 0; at < name.length; at++) hash = (Math.imul(hash, 31) + name.charCodeAt(at)) >>> 0
  return hash % SERIES_COLOURS.length
}

/** Places in the palette for names that stand together; names that had none are added to `given`. */
export function placesOf(names: readonly string[], given: Given, idOf: (name: string) => string = String): number[] {
  const places = new Map<string, number>()
  const taken = new Set<number>()
  for (const name of names) {
    const id = idOf(name)
    const place = given.get(id)
    if (place === undefined) continue
    given.delete(id)
    given.set(id, place)
    if (taken.has(place)) continue
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
    if (!given.has(idOf(name))) {
      given.set(idOf(name), place)
      uses[place] = (uses[place] ?? 0) + 1
    }
  }
  return names.map((name) => places.get(name) ?? 0)
}

const isPlace = (value: unknown): value is [string, number] => Array.isArray(value) && typeof value[0] === 'string' && Number.isInteger(value[1]) && SERIES_COLOURS[value[1] as number] !== undefined
const isProject = (value: unknown): value is [string, unknown[]] => Array.isArray(value) && typeof value[0] === 'string' && Array.isArray(value[1])

/** What stands in the browser's store, as far as it can be read. */
export function readKept(text: string | null): Kept {
  const kept = parseJson(text ?? '[]')
  return Array.isArray(kept) ? kept.filter(isProject).map(([project, given]) => [project, given.filter(isPlace)]) : []
}

/** What is to stand there: another page's names stay, with the colours that it gave them. */
export function keptWith(kept: Kept, project: string, given: Given): Kept {
  const before = new Map(kept.find(([id]) => id === project)?.[1])
  const names: Given = new Map([...before].filter(([id]) => !given.has(id)))
  for (const [id, place] of given) names.set(id, before.get(id) ?? place)
  return [...kept.filter(([id]) => id !== project), [project, [...names].slice(-NAMES_MAX)] satisfies Kept[number]].slice(-PROJECTS_MAX)
}

function stored(): Kept {
  try {
    return readKept(localStorage.getItem(KEY))
  } catch {
    // Without a store the colours last as long as the page.
    return []
  }
}

/** Of the projects that this page has shown. */
const known = new Map<string, { given: Given; isKept: boolean }>()

function ofProject(project: string): { given: Given; isKept: boolean } {
  const mine = known.get(project) ?? { given: new Map(), isKept: true }
  known.set(project, mine)
  return mine
}

/** Colour tokens of the names of one chart, in their order. Nothing is written here: it is asked while a page is drawn. */
export function coloursOf(project: string, names: readonly string[]): string[] {
  const mine = ofProject(project)
  const idOf = (name: string): string => shortOf(`${project}\n${name}`)
  const isUnknown = (name: string): boolean => !mine.given.has(idOf(name))
  if (names.some(isUnknown)) {
    // Perhaps another page has given it one.
    for (const [id, place] of stored().find(([id]) => id === shortOf(project))?.[1] ?? []) if (!mine.given.has(id)) mine.given.set(id, place)
    if (names.some(isUnknown)) mine.isKept = false
  }
  return placesOf(names, mine.given, idOf).map((place) => SERIES_COLOURS[place] ?? '--s1')
}

/** Writes what is not kept yet, with what other pages wrote since. */
export function keepColours(project: string): void {
  const mine = ofProject(project)
  if (mine.isKept) return
  mine.isKept = true
  for (const id of [...mine.given.keys()].slice(0, -NAMES_MAX)) mine.given.delete(id)
  try {
    localStorage.setItem(KEY, JSON.stringify(keptWith(stored(), shortOf(project), mine.given)))
  } catch {
    // As when it cannot be read.
  }
}

/** The colours of a project's names, for charts; what is new is kept when the page has been drawn. */
export function useColours(project: string): (names: readonly string[]) => string[] {
  useEffect(() => keepColours(project))
  return useCallback((names) => coloursOf(project, names), [project])
}

import { beforeEach, describe, expect, it, vi } from 'vitest'
import { SERIES_COLOURS, keptWith, placesOf, readKept, type Given } from './colours'

it('gives a name one colour, whatever stands beside it and in which order', () => {
  const given: Given = new Map()
  const names = ['rebooking', 'clause-answers', 'ask-the-warehouse', 'pull-request-review']
  const first = new Map(names.map((name, at) => [name, placesOf(names, given)[at]]))
  for (const chart of [[...names].reverse(), names.slice(2), ['another', ...names]]) {
    const places = placesOf(chart, given)
    chart.forEach((name, at) => first.has(name) && expect(places[at]).toBe(first.get(name)))
  }
})

it('uses every colour before one is used twice', () => {
  const given: Given = new Map()
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) placesOf([name], given)
  expect(new Set(given.values()).size).toBe(SERIES_COLOURS.length)
})

it('tells names of one chart apart, though they were given the same elsewhere', () => {
  const given: Given = new Map([['a', 2], ['b', 2], ['c', 0]])
  const places = placesOf(['a', 'b', 'c'], given)
  expect(new Set(places).size).toBe(3)
  expect([places[0], places[2], given.get('b')]).toEqual([2, 0, 2])
})

describe('what is kept in the browser', () => {
  const held = new Map<string, string>()
  /** The module as another page has it: only the store is common. */
  const page = async (): Promise<typeof import('./colours')> => {
    vi.resetModules()
    return import('./colours')
  }
  const text = (): string => held.get('vitrine-colours') ?? ''
  beforeEach(() => {
    held.clear()
    vi.stubGlobal('localStorage', { getItem: (key: string) => held.get(key) ?? null, setItem: (key: string, value: string) => held.set(key, value) })
    return () => vi.unstubAllGlobals()
  })

  it('is written when asked to, without names, and found again', async () => {
    const first = await page()
    const colours = first.coloursOf('secret-project', ['alice@example.com', 'bob'])
    expect(text()).toBe('')
    first.keepColours('secret-project')
    expect(text()).not.toMatch(/alice|bob|secret/)
    expect((await page()).coloursOf('secret-project', ['bob', 'alice@example.com'])).toEqual([...colours].reverse())
  })

  it('takes the place of the names that stood there', async () => {
    held.set('vitrine-colours', '{"alice@example.com":3}')
    const { coloursOf, keepColours } = await page()
    coloursOf('p', ['bob'])
    keepColours('p')
    expect(text()).not.toContain('alice')
    expect(readKept(text())).toHaveLength(1)
  })

  it('is not written over by another page', async () => {
    const [one, other] = [await page(), await page()]
    const a = one.coloursOf('p', ['a'])
    const b = other.coloursOf('p', ['b'])
    one.keepColours('p')
    other.keepColours('p')
    other.coloursOf('q', ['a'])
    other.keepColours('q')
    const third = await page()
    expect([third.coloursOf('p', ['a']), third.coloursOf('p', ['b'])]).toEqual([a, b])
    expect(readKept(text())).toHaveLength(2)
  })

  it('has an end, and loses first what was used longest ago, also where names are numbers', () => {
    const given: Given = new Map(Array.from({ length: 300 }, (_, at) => [`n${at}`, at % 7]))
    given.set('17', 1)
    placesOf(['n0'], given)
    const kept = keptWith([], 'p', given)[0]?.[1] ?? []
    expect([kept.length, ...kept.slice(-2).map(([id]) => id), kept[0]?.[0]]).toEqual([300, '17', 'n0', 'n2'])
    expect(readKept(JSON.stringify([['p', kept]]))[0]?.[1]).toEqual(kept)
    const projects = Array.from({ length: 12 }, (_, at) => String(at)).reduce<ReturnType<typeof readKept>>((all, project) => keptWith(all, project, given), [])
    expect(projects.map(([project]) => project)).toEqual(['4', '5', '6', '7', '8', '9', '10', '11'])
  })

  it('is nothing where it cannot be read', () => expect([null, 'x', '{"a":1}', '[["p",[["a",99],["b"],3]]]'].map(readKept)).toEqual([[], [], [], [['p', []]]]))
})

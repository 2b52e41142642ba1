import { expect, it } from 'vitest'
import { SERIES_COLOURS, placesOf, type Given } from './colours'

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

import { describe, expect, it } from 'vitest'
import type { Cell } from '@/api/types'
import { chartOf, readable } from './chart'
import { shortType } from './views'

const answer = (columns: [string, string][], rows: Cell[][]) => ({ columns: columns.map(([name, type]) => ({ name, type })), rows, elapsed_ms: 1 })

describe('charts of answers', () => {
  it('draws numbers over time, in order, money as numbers', () => {
    const chart = chartOf(answer([['hour', "DateTime('UTC')"], ['calls', 'UInt64'], ['cost', 'Nullable(Decimal(38, 9))']], [['2026-11-21 02:00:00', 5, null], ['2026-11-21 01:00:00', 3, '0.250000000']]))
    expect(chart).toMatchObject({ kind: 'time', times: [Date.parse('2026-11-21T01:00:00Z'), Date.parse('2026-11-21T02:00:00Z')], series: [{ name: 'calls', values: [3, 5] }, { name: 'cost', values: [0.25, null] }] })
  })
  it('draws bars of words', () => expect(chartOf(answer([['model', 'LowCardinality(String)'], ['n', 'UInt64']], [['a', 3], ['b', 1]]))).toEqual({ kind: 'bars', name: 'model', measure: 'n', bars: [{ name: 'a', value: 3 }, { name: 'b', value: 1 }], left: 0 }))
  it('draws nothing where nothing can be drawn', () => {
    expect(chartOf(answer([['model', 'String']], [['a'], ['b']]))).toBeNull()
    expect(chartOf(answer([['n', 'UInt64']], [[1], [2]]))).toBeNull()
    expect(chartOf(answer([['t', 'Date'], ['n', 'UInt64']], [['2026-11-21', 1], ['2026-11-21', 2]]))).toBeNull()
    expect(chartOf(answer([['m', 'String'], ['n', 'UInt64']], [['a', 1]]))).toBeNull()
  })
})

it('writes fractions with the digits that are read', () => expect([959.2849581999983, 0.1, 0.000012345678, 1234567.891, -2.5, 1e-12, 1e20].map(readable)).toEqual(['959.285', '0.1', '0.0000123457', '1234568', '-2.5', '1.00000e-12', '1.00000e+20']))

it('shortens types', () => expect(['LowCardinality(Nullable(String))', "DateTime64(9, 'UTC')", 'Nullable(Decimal(18, 9))', 'Array(LowCardinality(String))', 'Map(String, Int64)', 'UInt64', 'Array(Tuple(\n id String))'].map(shortType)).toEqual(['text', 'time', 'money', 'text[]', 'map', 'int', 'tuple[]']))

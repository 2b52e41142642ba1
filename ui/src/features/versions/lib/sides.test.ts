import { describe, expect, it } from 'vitest'
import { sidesOf, type Choice } from './sides'

const choice = (name: string, count: number, began: number): Choice => ({ name, count, began })
const releases = [choice('v47', 900, 0), choice('v48', 300, 40), choice('v46', 200, 0), choice('v49', 20, 90), choice('', 10, 0)]

describe('the sides of a comparison', () => {
  it('are the newest release and the one before it, whichever has more calls', () => {
    expect(sidesOf('release', releases, {})).toEqual({ a: 'v48', b: 'v49' })
    expect(sidesOf('release', releases.slice(0, 2), {})).toEqual({ a: 'v47', b: 'v48' })
    expect(sidesOf('release', [...releases.slice(0, 2)].reverse(), {})).toEqual({ a: 'v47', b: 'v48' })
  })
  it('are what somebody chose, beside what came before it', () => {
    expect(sidesOf('release', releases, { b: 'v48' })).toEqual({ a: 'v47', b: 'v48' })
    expect(sidesOf('release', releases, { a: 'v49', b: 'v46' })).toEqual({ a: 'v49', b: 'v46' })
    expect(sidesOf('release', releases, { a: 'v49' })).toEqual({ a: 'v49', b: 'v48' })
  })
  it('are the busiest two where nothing follows another', () => expect(sidesOf('model', [choice('', 90, 0), choice('x', 50, 3), choice('y', 9, 1)], {})).toEqual({ a: 'y', b: 'x' }))
  it('take calls without a value when there is nothing else', () => {
    expect(sidesOf('release', [choice('v1', 5, 0), choice('', 9, 0)], {})).toEqual({ a: '', b: 'v1' })
    expect(sidesOf('release', [choice('v1', 5, 0)], {})).toEqual({ a: undefined, b: 'v1' })
    expect(sidesOf('release', [], {})).toEqual({ a: undefined, b: undefined })
  })
})

import { describe, expect, it } from 'vitest'
import { QUESTIONS_AT_ONCE, takePlace } from './places'

describe('places for questions', () => {
  it('are given in order, back once, and not to who has left', async () => {
    const held = await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, () => takePlace(undefined)))
    const came: string[] = []
    const leaving = new AbortController()
    const left = takePlace(leaving.signal).then(() => came.push('left'), () => came.push('gone'))
    const first = takePlace(undefined).then((give) => { came.push('first'); return give })
    const second = takePlace(undefined).then((give) => { came.push('second'); return give })
    leaving.abort()
    await left
    expect(came).toEqual(['gone'])
    held[0]?.()
    held[0]?.()
    const give = await first
    expect(came).toEqual(['gone', 'first'])
    give()
    ;(await second)()
    expect(came).toEqual(['gone', 'first', 'second'])
    for (const other of held.slice(1)) other()
    const again = await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, () => takePlace(undefined)))
    for (const other of again) other()
  })
  it('refuse who has left already', async () => {
    await expect(takePlace(AbortSignal.abort())).rejects.toThrow()
  })
})

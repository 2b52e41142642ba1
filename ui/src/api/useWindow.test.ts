import { describe, expect, it } from 'vitest'
import { wholeMinutes } from './useWindow'

describe('a window that nobody chose exactly', () => {
  it('holds what was asked for, in whole minutes', () => {
    const at = (text: string): number => Date.parse(text)
    expect(wholeMinutes(at('2026-11-20T21:17:33.5Z'), at('2026-11-21T21:17:33.5Z'))).toEqual({ from: '2026-11-20T21:17:00.000Z', to: '2026-11-21T21:18:00.000Z' })
    expect(wholeMinutes(at('2026-11-20T21:17:00Z'), at('2026-11-20T21:18:00Z'))).toEqual({ from: '2026-11-20T21:17:00.000Z', to: '2026-11-20T21:18:00.000Z' })
  })
})

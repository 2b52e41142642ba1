import { describe, expect, it } from 'vitest'
import { problemOf } from './client'

describe('an answer that is no success', () => {
  it('is told in the words of the server where it has some', () => {
    const body = { error: { code: 'unavailable', message: 'The disk is full.', hint: 'Make room.', request_id: 'r-1' } }
    expect(problemOf(503, body, null)).toEqual({ code: 'unavailable', status: 503, message: 'The disk is full.', hint: 'Make room.', requestId: 'r-1' })
  })
  it.each([500, 502, 503, 504, 429])('says what to do at %d, also when a proxy answers in HTML', (status) => {
    const { message, hint, requestId } = problemOf(status, null, 'r-2')
    expect(message).not.toBe('')
    expect(hint).toMatch(/try again/i)
    expect(requestId).toBe('r-2')
  })
  it('promises nothing that the page does not do', () => expect(problemOf(503, null, null).hint).not.toMatch(/by itself/))
})

import { afterEach, describe, expect, it } from 'vitest'
import { parseMoment } from './range'
import { formatClock, formatDay, formatMinute, timeTick } from './time'
import { fromZone, isZone, setZone, zoneLabel, zoneName, zoneOffset } from './zone'

const NOW = Date.parse('2026-11-21T12:00:00Z')
afterEach(() => setZone('UTC'))

describe('the time zone of a page', () => {
  it('writes days and times as clocks there show them, before and after they change', () => {
    setZone('Europe/Berlin')
    expect(formatMinute(Date.parse('2026-11-20T23:30:00Z'), NOW)).toBe('21 Nov 00:30')
    expect(formatMinute(Date.parse('2026-10-25T00:30:00Z'), NOW)).toBe('25 Oct 02:30')
    expect(formatMinute(Date.parse('2026-10-25T01:30:00Z'), NOW)).toBe('25 Oct 02:30')
    expect(formatClock('2026-07-01T10:00:00.123456789Z')).toBe('12:00:00.123')
    expect(formatDay(Date.parse('2026-12-31T23:30:00Z'), NOW)).toBe('1 Jan 2027')
    expect([timeTick(Date.parse('2026-11-20T23:00:00Z'), 3_600_000), timeTick(Date.parse('2026-11-21T00:00:00Z'), 3_600_000)]).toEqual(['21 Nov', '01:00'])
  })
  it('reads what is typed as such a time', () => {
    setZone('Asia/Kathmandu')
    expect(zoneOffset(NOW)).toBe(20_700_000)
    expect(parseMoment('2026-11-21 01:31')).toBe('2026-11-20T19:46:00.000Z')
    expect(parseMoment('2026-11-21T01:31:00Z')).toBe('2026-11-21T01:31:00.000Z')
    setZone('America/New_York')
    for (const text of ['2026-03-08T01:59:00Z', '2026-03-08T03:00:00Z', '2026-11-01T03:00:00Z', '2026-07-01T00:00:00Z']) {
      const clock = Date.parse(text)
      expect(fromZone(clock) + zoneOffset(fromZone(clock))).toBe(clock)
    }
  })
  it('stays in UTC where a name is none', () => {
    setZone('Europe/Berlin')
    expect([zoneName(), zoneLabel()]).toEqual(['Europe/Berlin', 'Berlin'])
    setZone('Mars/Base')
    expect([zoneName(), zoneLabel(), zoneOffset(NOW)]).toEqual(['UTC', 'UTC', 0])
    expect([isZone('America/Argentina/Buenos_Aires'), isZone(''), isZone('nowhere')]).toEqual([true, false, false])
  })
})

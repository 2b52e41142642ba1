import { describe, expect, it } from 'vitest'
import { fitText, shortId } from './ids'
import { formatNanoUsd, formatRate, formatUsd, nanoUsd } from './money'
import { describeRange, parseMoment, resolveRange, validRangeSearch } from './range'
import { axisStep, formatAgo, formatClock, formatDuration, formatMinute, formatMoment, formatRough, formatStep, parseTime } from './time'
import { formatBytes, formatCount, formatShare, formatTokens, plural } from './tokens'

describe('money', () => {
  it.each([
    ['0.0042', '$0.0042'], ['0.412', '$0.412'], ['3.42', '$3.42'], ['218', '$218'], ['0.000041', '<$0.0001'], ['0.0001', '$0.0001'], ['99.994', '$99.99'], ['99.999', '$100'],
    ['0.09996', '$0.100'], ['0.9996', '$1.00'], ['1234567.5', '$1,234,568'], ['0', '$0'], ['-0.5', '−$0.500'],
  ])('%s is %s', (text, shown) => expect(formatUsd(text)).toBe(shown))
  it('never shows zero for unknown', () => {
    expect(formatUsd(null)).toBe('unpriced')
    expect(formatUsd('')).toBe('unpriced')
    expect(formatUsd('about 3')).toBe('unpriced')
    expect(formatNanoUsd(NaN)).toBe('unpriced')
  })
  it('adds what doubles cannot', () => {
    expect((nanoUsd('0.1') ?? 0) + (nanoUsd('0.2') ?? 0)).toBe(nanoUsd('0.3'))
    expect(nanoUsd('123456.123456789')).toBe(123456123456789)
    expect(nanoUsd('0.0000000019')).toBe(1)
  })
  it.each([['2.500000', '$2.50'], ['15', '$15.00'], ['0.075', '$0.075'], ['1000.00', '$1,000.00'], ['free', 'free']])('rate %s is %s', (text, shown) => expect(formatRate(text)).toBe(shown))
})

describe('durations', () => {
  it.each([
    [38_000, '38 µs'], [840e6, '840 ms'], [2.62e9, '2.62 s'], [88e9, '1 m 28 s'], [0, '0 ms'], [400, '400 ns'], [4.2e6, '4.2 ms'], [9.96e6, '10 ms'], [999.6e6, '1.00 s'],
    [59.996e9, '1 m 00 s'], [3605e9, '1 h 00 m'], [-2e9, '−2.00 s'], [50 * 3600e9, '2 d 02 h'],
  ])('%d ns is %s', (ns, shown) => expect(formatDuration(ns)).toBe(shown))
  it('says a dash for unknown', () => {
    expect(formatDuration(null)).toBe('—')
    expect(formatDuration(NaN)).toBe('—')
  })
  it.each([[1925e9, '≈ 32 min'], [960e9, '16 min'], [86_400e9, '1 day'], [90e9, '90 s'], [21_690_000e9, '≈ 251 days'], [3600e9, '1 h'], [400e6, '400 ms']])('%d is roughly %s', (ns, shown) => expect(formatRough(ns)).toBe(shown))
  it.each([[5e9, '5 s'], [2.5e9, '2.5 s'], [200e6, '200 ms'], [960e9, '16 m'], [90e9, '1 m 30 s'], [0, '0'], [7200e9, '2 h']])('an axis step of %d is %s', (ns, shown) => expect(formatStep(ns)).toBe(shown))
  it('takes round axis steps', () => {
    expect(axisStep(20e9, 5)).toBe(5e9)
    expect(axisStep(21.84e9, 6)).toBe(5e9)
    expect(axisStep(90e9, 4)).toBe(30e9)
    expect(axisStep(24 * 3600e9, 8)).toBe(3 * 3600e9)
    expect(axisStep(0, 4)).toBe(1)
  })
})

describe('moments', () => {
  const text = '2026-11-21T01:31:07.204918237Z'
  const now = Date.parse('2026-11-21T02:00:00Z')
  it('reads nanoseconds and writes UTC', () => {
    expect(parseTime(text)).toBe(Date.parse('2026-11-21T01:31:07.204Z'))
    expect(formatMoment(text, now)).toBe('21 Nov 01:31:07.204')
    expect(formatClock(text)).toBe('01:31:07.204')
    expect(formatMinute(Date.parse('2024-02-03T04:05:06Z'), now)).toBe('3 Feb 2024 04:05')
  })
  it('leaves what is no time as it is', () => expect(formatClock('soon')).toBe('soon'))
  it('tells how long ago', () => {
    expect(formatAgo(text, now)).toBe('29 min ago')
    expect(formatAgo('2026-11-21T01:59:59Z', now)).toBe('just now')
    expect(formatAgo('2026-11-18T02:00:00Z', now)).toBe('3 d ago')
  })
})

describe('counts', () => {
  it.each([[412, '412'], [1920, '1.92k'], [24_100, '24.1k'], [3_200_000, '3.20M'], [9_996, '10.0k'], [102_400, '102k'], [999_600, '1.00M'], [0, '0'], [null, '—'], [56_800_000, '56.8M'], [412_300_000, '412M'], [999_600_000, '1.00B'], [11_395_100_000, '11.4B'], [9.16e12, '9.16T'], [2.5e16, '25000T']])('%s tokens are %s', (count, shown) => expect(formatTokens(count)).toBe(shown))
  it('writes counts out', () => {
    expect(formatCount(1284)).toBe('1,284')
    expect(plural(1, 'span')).toBe('1 span')
    expect(plural(2, 'trace')).toBe('2 traces')
    expect(formatShare(1, 1000)).toBe('<1')
    expect(formatShare(1, 0)).toBe('')
    expect(formatBytes(48_210_944)).toBe('48.2 MB')
    expect(formatBytes(12)).toBe('12 B')
  })
  it('cuts a text where it is as wide as its place', () => {
    const widthOf = (text: string): number => text.length * 10
    expect([fitText('refund-triage', 130, widthOf), fitText('refund-triage', 129, widthOf), fitText('refund-triage', 40, widthOf), fitText('ab', 5, widthOf)]).toEqual(['refund-triage', 'refund-tria…', 'ref…', '…'])
  })
  it('cuts ids in the middle', () => expect(shortId('0123456789abcdef0123456789abcdef')).toBe('012345…cdef'))
})

describe('time ranges', () => {
  const now = Date.parse('2026-11-21T02:00:00Z')
  it('resolves', () => {
    expect(resolveRange({}, now)).toEqual({ from: '2026-11-20T02:00:00.000Z' })
    expect(resolveRange({ range: '15m' }, now)).toEqual({ from: '2026-11-21T01:45:00.000Z' })
    expect(resolveRange({ range: 'all' }, now)).toEqual({})
    expect(resolveRange({ range: '1h', from: 'a', to: 'b' }, now)).toEqual({ from: 'a', to: 'b' })
  })
  it('describes', () => {
    expect(describeRange({ range: '7d' }, now)).toBe('Last 7 days')
    expect(describeRange({ range: '1d' }, now)).toBe('Last day')
    expect(describeRange({ from: '2026-11-20T02:00:00Z' }, now)).toBe('20 Nov 02:00 – now')
  })
  it('reads what people type, as UTC', () => {
    expect(parseMoment('2026-11-21 01:31')).toBe('2026-11-21T01:31:00.000Z')
    expect(parseMoment('2026-11-21')).toBe('2026-11-21T00:00:00.000Z')
    expect(parseMoment('2026-11-21T01:31:00+02:00')).toBe('2026-11-20T23:31:00.000Z')
    expect(parseMoment('yesterday')).toBeNull()
  })
  it('drops what is no range', () => expect(validRangeSearch({ range: '5x', from: 'soon', to: '2026-11-21T00:00:00Z' })).toEqual({ to: '2026-11-21T00:00:00Z' }))
})

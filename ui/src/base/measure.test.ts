import { describe, expect, it } from 'vitest'
import { countedBy, formatAxis, formatChange, formatRatio, formatValue, isNew, isThin, logTicks, measureTitle, moodOf, niceTicks, numberOf } from './measure'

describe('values of measures', () => {
  it.each([
    ['ns', 1_940_000_000, '1.94 s'], ['usd', '38.42', '$38.42'], ['usd', '0.004201', '$0.0042'], ['usd', null, '—'], ['tokens', 24_120, '24.1k'], ['tokens', 3.25, '3.3'], ['ratio', 0.0132, '1.32%'],
    ['ratio', 0.781, '78.1%'], ['ratio', 1, '100%'], ['ratio', 0, '0%'], ['ratio', 0.00001, '<0.01%'], ['per_second', 3.21, '3.21/s'], ['score', 0.874, '0.874'], ['count', 184_206, '184,206'], ['count', 1.5, '1.50'], ['bytes', 48_210, '48.2 KB'],
  ] as const)('%s %s is %s', (unit, value, text) => expect(formatValue(unit, value)).toBe(text))
  it('keeps unknown apart from nothing', () => {
    expect(numberOf(null)).toBeNull()
    expect(numberOf('')).toBeNull()
    expect(numberOf('0')).toBe(0)
    expect(formatRatio(0.9999)).toBe('100%')
  })
  it('finds round steps', () => {
    expect(niceTicks(0, 0.0118, 5)).toEqual([0, 0.0025, 0.005, 0.0075, 0.01])
    expect(niceTicks(0.864, 0.873, 4)).toEqual([0.865, 0.8675, 0.87, 0.8725])
    expect(niceTicks(3, 3, 4)).toEqual([3])
    expect(logTicks(4e8, 3e9)).toEqual([5e8, 1e9, 2e9])
    expect(logTicks(1, 2e5)).toEqual([1, 10, 100, 1000, 10_000, 100_000])
    expect(logTicks(1.1, 1.4)).toEqual([1.1, 1.2, 1.3, 1.4])
  })
  it('shortens steps of axes', () => {
    expect(formatAxis('usd', 1.8e-7)).toBe('$0.00000018')
    expect([formatAxis('usd', 20), formatAxis('ns', 5e9), formatAxis('ratio', 0.05), formatAxis('count', 20_000), formatAxis('count', 2500), formatAxis('tokens', 2e9), formatAxis('score', 0.85), formatAxis('score', 0.8675)]).toEqual(['$20', '5 s', '5%', '20k', '2.5k', '2B', '0.85', '0.8675'])
  })
})

describe('changes', () => {
  it.each([
    ['usd', 38.42, 29.33, '+31%'], ['ratio', 0.224, 0.781, '−55.7 pt'], ['ratio', 0.0117, 0.012, '−0.03 pt'], ['score', 0.874, 0.871, '+0.003'], ['score', 0.8691, 0.8694, '±0.000'], ['ratio', 0.01, 0.01001, '±0 pt'], ['ratio', 0.6, 0.5, '+10 pt'], ['count', 62, 9, '6.9x'], ['usd', 14.23, 0.002, '>100x'], ['count', 399, 4, '99.8x'], ['ns', 1.02e9, 1e9, '+2.0%'], ['usd', 1, 0, null], ['usd', null, 2, null], ['count', 0, 0, '±0%'], ['count', 5, 5, '±0%'], ['count', 2230, 2231, '±0%'],
  ] as const)('%s %s after %s is %s', (unit, now, before, text) => expect(formatChange(unit, now, before)).toBe(text))
  it('knows what is worse', () => {
    expect(moodOf('sum(cost_usd)', 'usd', 1.31, 1)).toBe('worse')
    expect(moodOf('p95(ttft)', 'ns', 1.02, 1)).toBe('same')
    expect(moodOf('cache_hit_rate', 'ratio', 0.22, 0.78)).toBe('worse')
    expect(moodOf('avg(score.x)', 'score', 0.9, 0.8)).toBe('better')
    expect(moodOf('error_rate', 'ratio', 0.022, 0.032)).toBe('same')
    expect(moodOf('error_rate', 'ratio', 0.03, 0.012)).toBe('worse')
    expect([moodOf('error_count', 'count', 2, 1), moodOf('error_count', 'count', 55, 5)]).toEqual(['same', 'worse'])
    expect(moodOf('count', 'count', 9, 1)).toBe('neutral')
    expect(moodOf('error_rate', 'ratio', 0.1, null)).toBe('neutral')
    expect(moodOf('p50(output_tokens_per_second)', 'per_second', 90, 60)).toBe('better')
  })
  it('knows which rows a number counts', () => expect(['error_rate', 'unpriced_count', 'count', 'p95(ttft)'].map(countedBy)).toEqual(['status:error', 'has:unpriced', '', '']))
  it('names measures', () => expect([measureTitle('sum(cost_usd) / count'), measureTitle('avg(score.task_done)'), measureTitle('max(tpot)')]).toEqual(['Cost per call', 'Task done', 'max(tpot)']))
  it('names numbers of which no one value is asked', () => expect(['duration', 'ttft', 'cost_usd', 'score.task_done', 'app.retries'].map(measureTitle)).toEqual(['Duration', 'TTFT', 'Cost', 'Task done', 'app.retries']))
})

describe('what was before', () => {
  it('is new where there was none, and not where there is none now', () => expect([isNew(5, 0), isNew(5, null), isNew(0, 0), isNew(5, 1)]).toEqual([true, true, false, false]))
  it('is thin below the count from which a change says something', () => expect([isThin(29), isThin(30), isThin(null)]).toEqual([true, false, true]))
})

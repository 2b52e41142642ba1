// Numbers of measures as people read them: value, change, and whether the change is for the better.
import { formatNanoUsd } from './money'
import { formatDuration, formatStep } from './time'
import { formatBytes, formatCount, formatTokens } from './tokens'

export type MetricUnit = 'count' | 'ns' | 'usd' | 'tokens' | 'ratio' | 'per_second' | 'score' | 'bytes'

/** A value as the API sends it, as a number: money comes as a decimal string. Unknown is null, never 0. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || value.trim() === '') return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

/** `0.42%`, `4.2%`, `42.1%`, `100%`; something that is there is never 0%. */
export function formatRatio(share: number): string {
  const percent = share * 100
  const size = Math.abs(percent)
  if (size === 0) return '0%'
  if (size < 0.01) return percent < 0 ? '−<0.01%' : '<0.01%'
  const text = size >= 99.95 ? String(Math.round(size)) : size < 10 ? size.toFixed(2) : size.toFixed(1)
  return (percent < 0 ? '−' : '') + text.replace(/\.0+$/, '') + '%'
}

function formatPlain(value: number): string {
  const size = Math.abs(value)
  const text = Number.isInteger(value) || size >= 100 ? formatCount(value) : size >= 10 ? value.toFixed(1) : size >= 0.01 ? value.toFixed(2) : String(Number(value.toPrecision(2)))
  return text.replace('-', '−')
}

/** A value with its unit. Unknown is a dash. */
export function formatValue(unit: MetricUnit, raw: unknown): string {
  const value = numberOf(raw)
  if (value === null) return '—'
  switch (unit) {
    case 'ns': return formatDuration(value)
    case 'usd': return formatNanoUsd(Math.round(value * 1e9))
    case 'tokens': return value < 100 && !Number.isInteger(value) ? value.toFixed(1) : formatTokens(value)
    case 'ratio': return formatRatio(value)
    case 'per_second': return `${formatPlain(value)}/s`
    case 'score': return value.toFixed(3).replace('-', '−')
    case 'bytes': return formatBytes(value)
    case 'count': return formatPlain(value)
  }
}

/** A step of an axis: shorter than a value, without digits that say nothing. */
export function formatAxis(unit: MetricUnit, value: number): string {
  if (unit === 'ns') return formatStep(value)
  if (value === 0) return unit === 'usd' ? '$0' : unit === 'ratio' ? '0%' : '0'
  if (unit === 'usd') return '$' + (value >= 1000 ? formatTokens(value) : value >= 1e-6 ? String(Number(value.toPrecision(3))) : value.toFixed(9).replace(/0+$/, ''))
  if (unit === 'ratio') return String(Number((value * 100).toPrecision(3))) + '%'
  // Scores lie close to each other: a step of 0.0025 is one digit more than a value has.
  if (unit === 'score') return String(Number(value.toPrecision(4)))
  if (unit === 'bytes') return formatBytes(value)
  if (unit === 'per_second') return `${Number(value.toPrecision(3))}/s`
  return value >= 1000 ? formatTokens(value).replace(/\.0+([kMBT])$/, '$1').replace(/(\.\d*?)0+([kMBT])$/, '$1$2') : String(Number(value.toPrecision(3)))
}

/** Round values between two ends, about `count` of them. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count)
  if (!(rough > 0)) return [low]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10) * power
  const first = Math.ceil(low / step - 1e-9)
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, at) => Number(((first + at) * step).toPrecision(12)))
}

const TICKS_MAX = 6

/** Round values between two ends of a log axis: ones, twos and fives of each decade, fewer of them over many decades. */
export function logTicks(low: number, high: number): number[] {
  if (!(low > 0) || !(high > low)) return [low]
  const between = (factors: readonly number[]): number[] => {
    const found: number[] = []
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) for (const factor of factors) {
      const value = Number((factor * 10 ** power).toPrecision(6))
      if (value >= low && value <= high) found.push(value)
    }
    return found
  }
  const ticks = [[1, 2, 5], [1, 3], [1]].map(between).find((found) => found.length <= TICKS_MAX) ?? between([1]).filter((_, at) => at % 2 === 0)
  return ticks.length >= 2 ? ticks : niceTicks(low, high, 4)
}

/** A difference with its sign: points for ratios, a number for scores, a factor or percent for the rest. Null when unknown. */
export function formatChange(unit: MetricUnit, now: number | null, before: number | null): string | null {
  if (now === null || before === null) return null
  const sign = now > before ? '+' : now < before ? '−' : '±'
  const difference = Math.abs(now - before)
  // What is nothing at the digits that are shown has no sign either.
  const signed = (text: string): string => (Number(text) === 0 ? '±' : sign) + text
  if (unit === 'ratio') return `${signed((difference * 100).toFixed(difference < 0.1 ? 2 : 1).replace(/\.?0+$/, '') || '0')} pt`
  if (unit === 'score') return signed(difference.toFixed(3))
  if (before === 0) return now === 0 ? '±0%' : null
  const factor = now / before
  // Beyond, the number says only that there was next to nothing before.
  if (factor >= 99.95) return '>100x'
  if (factor >= 3) return `${factor.toFixed(1)}x`
  const percent = Math.abs(factor - 1) * 100
  if (percent < 0.05) return '±0%'
  return `${sign}${percent >= 9.95 || percent === 0 ? Math.round(percent) : percent.toFixed(1)}%`
}

/** Whether it was 0 and a factor or percent of that would say nothing. */
export const isFromZero = (unit: MetricUnit, now: unknown, before: unknown): boolean => numberOf(before) === 0 && numberOf(now) !== null && formatChange(unit, numberOf(now), 0) === null

export type Mood = 'better' | 'worse' | 'same' | 'neutral'

const GOOD_UP = /^(cache_hit_rate|tool_success_rate|avg\(score\.|avg\(retrieval|p\d+\(score\.|.*output_tokens_per_second|saved_cost_usd|sum\(saved_cost_usd)/
const BAD_UP = /(error|duration|ttft|tpot|cost_usd|retry|fallback|refusal|unpriced|stall|guardrail_block)/

/** What more of a measure means. Volumes mean nothing by themselves. */
export function direction(measure: string): 'up_good' | 'up_bad' | 'neutral' {
  if (GOOD_UP.test(measure)) return 'up_good'
  return BAD_UP.test(measure) ? 'up_bad' : 'neutral'
}

/** With fewer calls on a side a difference says nothing yet. */
export const TELLING_COUNT = 30

/** Changes smaller than this are not worth a colour. */
const CALM_SHARE = 0.05

export function moodOf(measure: string, unit: MetricUnit, now: number | null, before: number | null): Mood {
  if (now === null || before === null) return 'neutral'
  const meant = direction(measure)
  if (meant === 'neutral') return 'neutral'
  const difference = Math.abs(now - before)
  const relative = difference / Math.max(Math.abs(before), Number.MIN_VALUE)
  // Counts of errors vary by their root, whatever the cause. Shares are told apart by points: two of them, or half of one where that is a third of what there was.
  const calm = unit === 'count' ? difference <= 2 * Math.sqrt(now + before) : unit === 'ratio' ? difference < 0.005 || (difference < 0.02 && relative < 0.33) : unit === 'score' ? relative < 0.02 : relative < CALM_SHARE
  if (calm) return 'same'
  return (now > before) === (meant === 'up_good') ? 'better' : 'worse'
}

/** Whether there is nothing before to compare with: no call then, or nothing known of it. */
export const isNew = (count: unknown, before: unknown): boolean => (numberOf(count) ?? 0) > 0 && (numberOf(before) ?? 0) === 0

/** With so few before, a change is said without being called better or worse. */
export const isThin = (before: unknown): boolean => (numberOf(before) ?? 0) < TELLING_COUNT

const COUNTED: Readonly<Record<string, string>> = {
  error_count: 'status:error', error_rate: 'status:error', unpriced_count: 'has:unpriced', refusal_count: 'refusal:true', refusal_rate: 'refusal:true', retry_count: 'has:retry', retry_rate: 'has:retry', tool_error_count: 'kind:tool status:error',
}

/** Which of the rows a measure counts, as a filter: its number opens these. Empty where it is of all of them. */
export const countedBy = (measure: string): string => COUNTED[measure] ?? ''

/** What a measure, or a number whose values a heatmap shows, is called where there is room for words. */
export function measureTitle(measure: string): string {
  const known: Readonly<Record<string, string>> = {
    'count': 'Calls', 'error_count': 'Errors', 'error_rate': 'Error rate', 'rate': 'Per second', 'p95(ttft)': 'TTFT p95', 'p50(ttft)': 'TTFT p50',
    'p50(duration)': 'Duration p50', 'p95(duration)': 'Duration p95', 'p99(duration)': 'Duration p99', 'sum(cost_usd)': 'Cost', 'sum(cost_usd)/count': 'Cost per call', 'avg(cost_usd)': 'Cost per priced call', 'cache_hit_rate': 'Cache hit rate',
    'sum(total_tokens)': 'Tokens', 'sum(input_tokens)': 'Input tokens', 'sum(output_tokens)': 'Output tokens', 'avg(output_tokens)': 'Output tokens, mean', 'avg(input_tokens)': 'Input tokens, mean',
    'sum(cost_usd)/traces': 'Cost per trace', 'sum(cost_usd)/users': 'Cost per user', 'p50(output_tokens_per_second)': 'Tokens a second', 'tool_success_rate': 'Success', 'retry_rate': 'Retries',
    'refusal_rate': 'Refusals', 'users': 'Users', 'sessions': 'Sessions', 'traces': 'Traces', 'unpriced_count': 'Unpriced', 'avg(retrieval_count)': 'Documents, mean', 'avg(retrieval_avg_score)': 'Score, mean',
    'p50(retrieval_count)': 'Documents p50', 'p95(retrieval_count)': 'Documents p95', 'fallback_rate': 'Fallbacks', 'output_input_ratio': 'Output / input', 'guardrail_block_rate': 'Blocked', 'sum(saved_cost_usd)': 'Saved by cache',
    'p50(retrieval_avg_score)': 'Score p50', 'sum(stall_count)': 'Stalls',
    'duration': 'Duration', 'ttft': 'TTFT', 'tpot': 'Time per token', 'cost_usd': 'Cost', 'total_tokens': 'Tokens', 'input_tokens': 'Input tokens', 'output_tokens': 'Output tokens', 'longest_stall': 'Longest stall',
  }
  const score = /^avg\(score\.(.+)\)$/.exec(measure) ?? /^score\.(.+)$/.exec(measure)
  if (score?.[1] !== undefined) return score[1].charAt(0).toUpperCase() + score[1].slice(1).replace(/[._]+/g, ' ')
  return known[measure.replaceAll(' ', '')] ?? measure
}

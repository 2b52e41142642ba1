// Two sides measure by measure: difference, interval, verdict. Several measures are tested at once, so the level is Holm's.
import { direction, formatChange, type MetricUnit } from '@/base/measure'
import { differenceOfMeans, differenceOfQuantiles, differenceOfShares, holm, sampleOf, type Difference, type Histogram } from '@/base/stats'
import { formatCount, formatTokens } from '@/base/tokens'

export type Verdict = 'better' | 'worse' | 'different' | 'not significant' | 'cannot tell yet' | 'not tested'

export interface Side {
  count: number | null
  errors: number | null
  refusals: number | null
  cacheHit: number | null
  cost: number | null
  outputTokens: number | null
  inputTokens: number | null
  score: number | null
  histograms: Readonly<Partial<Record<'cost_usd' | 'ttft' | 'duration' | 'output_tokens' | 'input_tokens' | 'score', Histogram>>>
}

export interface Line {
  name: string
  measure: string
  unit: MetricUnit
  a: number | null
  b: number | null
  difference: Difference | null
  verdict: Verdict
  n: string
}

interface Draft extends Omit<Line, 'verdict'> {
  tested: boolean
}

/** To the last call where that fits in a column. */
const observations = (n: number | null | undefined): string => ((n ?? 0) < 10_000 ? formatCount(n ?? 0) : formatTokens(n ?? 0))
const N = (a: number | null | undefined, b: number | null | undefined): string => `${observations(a)} / ${observations(b)}`
const total = (histogram: Histogram | undefined): number => (histogram ?? []).reduce((sum, bucket) => sum + bucket[2], 0)

/** Means with the exact values of the API; the buckets give what spreads around them. */
function mean(name: string, measure: string, unit: MetricUnit, key: keyof Side['histograms'], exact: 'cost' | 'outputTokens' | 'inputTokens' | 'score', a: Side, b: Side): Draft {
  const [sampleA, sampleB] = [sampleOf(a.histograms[key] ?? []), sampleOf(b.histograms[key] ?? [])]
  const difference = sampleA && sampleB && a[exact] !== null && b[exact] !== null ? differenceOfMeans({ ...sampleA, mean: a[exact] }, { ...sampleB, mean: b[exact] }) : null
  return { name, measure, unit, a: a[exact], b: b[exact], difference, n: N(sampleA?.n, sampleB?.n), tested: true }
}

function tail(name: string, measure: string, key: 'ttft' | 'duration', share: number, values: readonly [number | null, number | null], a: Side, b: Side): Draft {
  const [left, right] = [a.histograms[key] ?? [], b.histograms[key] ?? []]
  return { name, measure, unit: 'ns', a: values[0], b: values[1], difference: differenceOfQuantiles(left, right, share), n: N(total(left), total(right)), tested: true }
}

function share(name: string, measure: string, key: 'errors' | 'refusals', a: Side, b: Side): Draft {
  const part = (side: Side): number | null => (side[key] === null || !side.count ? null : side[key] / side.count)
  const known = a[key] !== null && b[key] !== null && a.count !== null && b.count !== null
  return { name, measure, unit: 'ratio', a: part(a), b: part(b), difference: known ? differenceOfShares(a[key] ?? 0, a.count ?? 0, b[key] ?? 0, b.count ?? 0) : null, n: N(a.count, b.count), tested: true }
}

export interface Tails {
  ttft: readonly [number | null, number | null]
  duration: readonly [number | null, number | null]
}

export function linesOf(a: Side, b: Side, tails: Tails, score: string | null): Line[] {
  const drafts: Draft[] = [
    mean('Cost per priced call', 'avg(cost_usd)', 'usd', 'cost_usd', 'cost', a, b),
    { name: 'Cache hit rate', measure: 'cache_hit_rate', unit: 'ratio', a: a.cacheHit, b: b.cacheHit, difference: null, n: N(a.count, b.count), tested: false },
    tail('TTFT p95', 'p95(ttft)', 'ttft', 0.95, tails.ttft, a, b), tail('Duration p95', 'p95(duration)', 'duration', 0.95, tails.duration, a, b),
    mean('Input tokens, mean', 'avg(input_tokens)', 'tokens', 'input_tokens', 'inputTokens', a, b), mean('Output tokens, mean', 'avg(output_tokens)', 'tokens', 'output_tokens', 'outputTokens', a, b),
    ...(score === null ? [] : [mean(score.charAt(0).toUpperCase() + score.slice(1).replace(/[._]+/g, ' '), `avg(score.${score})`, 'score', 'score', 'score', a, b)]),
    share('Refusal rate', 'refusal_rate', 'refusals', a, b), share('Error rate', 'error_rate', 'errors', a, b),
  ]
  const holds = holm(drafts.map((draft) => draft.difference?.p ?? null))
  return drafts.map(({ tested, ...draft }, index) => ({ ...draft, verdict: verdictOf(draft, tested, holds[index] ?? false) }))
}

function verdictOf(draft: Omit<Line, 'verdict'>, tested: boolean, holds: boolean): Verdict {
  if (!tested) return 'not tested'
  if (draft.difference === null) return 'cannot tell yet'
  if (!holds) return 'not significant'
  const meant = direction(draft.measure)
  if (meant === 'neutral') return 'different'
  return (draft.difference.value > 0) === (meant === 'up_good') ? 'better' : 'worse'
}

/** The verdicts as a sentence: what is worse, what is better, what cannot be told. */
export function sentence(b: string, lines: readonly Line[]): string {
  const of = (verdict: Verdict): Line[] => lines.filter((line) => line.verdict === verdict)
  const words = (line: Line): string => `${line.name.charAt(0).toLowerCase() === line.name.charAt(0) || /^[A-Z]{2}/.test(line.name) ? line.name : line.name.charAt(0).toLowerCase() + line.name.slice(1)} ${formatChange(line.unit, line.b, line.a) ?? ''}`.trim()
  const list = (items: readonly string[]): string => (items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`)
  const [worse, better, unsure] = [of('worse'), of('better'), of('cannot tell yet').filter((line) => line.a !== null || line.b !== null)]
  const parts = [
    ...(worse.length > 0 ? [`${b} is worse in ${list(worse.map(words))}`] : []), ...(better.length > 0 ? [`${worse.length > 0 ? 'better' : `${b} is better`} in ${list(better.map(words))}`] : []),
  ]
  const head = parts.length === 0 ? `${b} is not significantly better or worse in anything measured.` : `${parts.join(', ')}.`
  return unsure.length === 0 ? head : `${head} ${list(unsure.map((line) => line.name))}: too few to tell.`
}

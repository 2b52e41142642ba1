// The first sentences of the page: what changed, by how much, and who did it. Written from the same numbers as the tiles.
import { TELLING_COUNT, formatChange, formatRatio, formatValue } from '@/base/measure'
import { formatTerm, groupTerm } from '@/base/filter'
import { cutText } from '@/base/ids'
import { differenceOfShares } from '@/base/stats'
import { plural } from '@/base/tokens'
import type { Mover } from './movers'

/** A sentence is read in one go: longer names stand whole on the page that they open. */
const NAME_LETTERS_MAX = 48

export interface Pair {
  now: number | null
  before: number | null
}

export interface Facts {
  calls: Pair
  errors: Pair
  ttft: Pair
  cost: Pair
  score: (Pair & { name: string }) | null
  /** `the 24 h before`. */
  before: string
  topCost: Mover | null
  topTtft: Mover | null
  /** Newest first. */
  releases: readonly string[]
  /** Cache hit rate of the group that moved cost most. */
  cacheHit: Pair | null
}

/** Plain text, or a door: a filter for the calls behind a statement. */
export type Segment = string | { text: string; filter?: string; measure?: string; look?: 'warn' | 'better' }

/** Smaller changes of cost, calls and latency are the noise of days. */
const NOTEWORTHY = 0.05
const SCORE_NOTEWORTHY = 0.02
const MOST = 0.5

const relative = ({ now, before }: Pair): number => (now === null || before === null || before <= 0 ? 0 : now / before - 1)
const door = (mover: Mover): Segment => ({ text: cutText(mover.value, NAME_LETTERS_MAX), filter: groupTerm(mover.dimension, mover.value) })

function costWords(facts: Facts): Segment[] {
  const change = relative(facts.cost)
  if (Math.abs(change) < NOTEWORTHY || facts.cost.now === null || facts.cost.before === null) return []
  const up = change > 0
  const difference = Math.abs(facts.cost.now - facts.cost.before)
  const words: Segment[] = [
    `Cost is ${up ? 'up' : 'down'} `,
    { text: `${formatChange('usd', facts.cost.now, facts.cost.before)?.replace(/^[+−]/, '') ?? ''}, ${formatValue('usd', difference)} ${up ? 'more' : 'less'} than ${facts.before}`, measure: 'sum(cost_usd)', look: up ? 'warn' : 'better' },
  ]
  const top = facts.topCost
  if (top && top.share >= MOST && top.value !== '') {
    words.push(top.share >= 0.95 ? '. All of it is ' : '. Most of it is ', door(top))
    const hit = facts.cacheHit
    if (up && hit && hit.now !== null && hit.before !== null && hit.before - hit.now > 0.1) words.push(`: its prompt cache hit rate fell from ${formatRatio(hit.before)} to ${formatRatio(hit.now)}, so the same tokens are paid at full price`)
    else if (top.also !== '') words.push(` (${top.also})`)
  }
  return [...words, '.']
}

function ttftWords(facts: Facts): Segment[] {
  const change = relative(facts.ttft)
  if (Math.abs(change) < NOTEWORTHY * 2) return []
  const words: Segment[] = [' Time to first token ', { text: change > 0 ? 'rose' : 'fell', measure: 'p95(ttft)', look: change > 0 ? 'warn' : 'better' }, ` to ${formatValue('ns', facts.ttft.now)} at p95`]
  if (facts.topTtft && facts.topTtft.share >= MOST && facts.topTtft.value !== '') words.push(', most of it on ', door(facts.topTtft))
  return [...words, '.']
}

/** Whether the share of failed calls changed by more than chance. */
export function errorsChanged({ calls, errors }: Facts): boolean {
  if (calls.now === null || calls.before === null || errors.now === null || errors.before === null) return false
  const found = differenceOfShares(errors.before, calls.before, errors.now, calls.now)
  return found !== null && found.p < 0.05
}

function errorWords(facts: Facts): Segment[] {
  const share = (side: 'now' | 'before'): number => (facts.errors[side] ?? 0) / Math.max(1, facts.calls[side] ?? 0)
  if (!errorsChanged(facts)) return []
  const up = share('now') > share('before')
  return [' Errors ', { text: up ? 'rose' : 'fell', filter: 'status:error', look: up ? 'warn' : 'better' }, ` from ${formatRatio(share('before'))} to ${formatRatio(share('now'))} of calls.`]
}

function scoreWords({ score }: Facts): Segment[] {
  if (!score || score.now === null || score.before === null) return []
  const name = score.name.charAt(0).toUpperCase() + score.name.slice(1).replace(/[._]+/g, ' ')
  const change = score.now - score.before
  if (Math.abs(change) < SCORE_NOTEWORTHY) return [` ${name} did not move.`]
  return [` ${name} `, { text: change > 0 ? 'rose' : 'fell', measure: `avg(score.${score.name})`, look: change > 0 ? 'better' : 'warn' }, ` from ${formatValue('score', score.before)} to ${formatValue('score', score.now)}.`]
}

function releaseWords({ releases }: Facts): Segment[] {
  const [newest] = releases
  if (newest === undefined) return []
  return releases.length === 1 ? [' Release ', { text: cutText(newest, NAME_LETTERS_MAX), filter: formatTerm('release', newest) }, ' began in this time.'] : [` ${releases.length} releases began in this time, the newest is `, { text: cutText(newest, NAME_LETTERS_MAX), filter: formatTerm('release', newest) }, '.']
}

export function writeSummary(facts: Facts): Segment[] {
  if ((facts.calls.now ?? 0) === 0) return ['No model call in this time.', ...((facts.calls.before ?? 0) > 0 ? [` There were ${plural(facts.calls.before ?? 0, 'call')} in ${facts.before}.`] : [])]
  const before = facts.calls.before ?? 0
  if (before < TELLING_COUNT) {
    const share = (facts.errors.now ?? 0) / (facts.calls.now ?? 1)
    return [{ text: plural(facts.calls.now ?? 0, 'call'), measure: 'count' }, facts.cost.now === null ? '' : ` for ${formatValue('usd', facts.cost.now)}`, `, ${share === 0 ? 'none failed' : `${formatRatio(share)} failed`}. ${before === 0 ? `Nothing in ${facts.before} to compare with.` : `Only ${plural(before, 'call')} in ${facts.before}: too few to compare with.`}`, ...releaseWords(facts)]
  }
  const changed = [...costWords(facts), ...ttftWords(facts), ...errorWords(facts)]
  const calls = relative(facts.calls)
  const volume: Segment[] = Math.abs(calls) >= 0.2 ? [' Calls are ', { text: `${calls > 0 ? 'up' : 'down'} ${formatChange('count', facts.calls.now, facts.calls.before)?.replace(/^[+−]/, '') ?? ''}`, measure: 'count' }, '.'] : []
  const head: Segment[] = changed.length === 0 && volume.length === 0 ? [`Nothing moved against ${facts.before}: cost, errors and time to first token are what they were.`] : [...changed, ...volume]
  return [...head, ...scoreWords(facts), ...releaseWords(facts)]
}

export const plainSummary = (segments: readonly Segment[]): string => segments.map((segment) => (typeof segment === 'string' ? segment : segment.text)).join('').trim()

// What the page says in words: which stage makes the slowest slow, and of how many traces it speaks.
import type { PathLine, SlowestAnswer } from '@/api/slowest'
import { formatRatio } from '@/base/measure'
import { STAGE_NAMES } from '@/base/stages'
import { formatDuration } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'

export const stageName = (stage: string | null): string => (stage === null ? 'Between the parts' : ((STAGE_NAMES as Readonly<Record<string, string>>)[stage] ?? stage))

/** How much more of the time of the slowest it takes than of that in the middle; null where there is no middle. */
export const excess = (line: PathLine): number | null => (line.share === null || line.usual_share === null ? null : line.share - line.usual_share)

/** Smaller differences of shares are not worth a sentence. */
const TELLING = 0.03

/** The stage that stands out: the one that grew most, else the largest. */
export function telling(lines: readonly PathLine[]): PathLine | null {
  const grown = [...lines].sort((a, b) => (excess(b) ?? 0) - (excess(a) ?? 0))[0]
  if (grown && (excess(grown) ?? 0) >= TELLING) return grown
  return [...lines].sort((a, b) => (b.share ?? 0) - (a.share ?? 0))[0] ?? null
}

export function sentence(answer: SlowestAnswer): string {
  const { slowest_count: count, trace_count: all, least_duration_ns: least, median_duration_ns: median } = answer
  const head = `Of ${plural(all, 'trace')} the slowest ${count === 1 ? 'one' : formatCount(count)} took ${formatDuration(least ?? 0)}${count === 1 ? '' : ' and more'}${median === null ? '' : `, against ${formatDuration(median)} in the middle`}.`
  const line = telling(answer.stages)
  if (line === null || line.share === null) return `${head} Nothing is known of what they spent it on.`
  const more = excess(line)
  const usual = line.usual_share === null ? '' : more !== null && more >= TELLING ? `; in the middle it is ${formatRatio(line.usual_share)}` : `, as in the middle (${formatRatio(line.usual_share)})`
  return `${head} ${formatRatio(line.share)} of that time is ${line.stage === 'ttft' ? 'waiting for the first token' : stageName(line.stage).toLowerCase()}${usual}.`
}

/** Where not all of them could be looked at. */
export function coverage({ slowest_read: read, slowest_count: count }: SlowestAnswer): string {
  return read === count ? `all ${formatCount(count)} of them were looked at` : `${formatCount(read)} of these ${formatCount(count)} were looked at, the slowest first; more, or larger ones, are not read`
}

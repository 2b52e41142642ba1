// What the lens says of a call, in words. What is not known is said as such.
import type { CacheCall, CacheRule } from '@/api/threads'
import { formatDuration } from '@/base/time'
import { formatCount, formatTokens } from '@/base/tokens'

const ROLES: Readonly<Record<string, string>> = { tool_definition: 'tools', system: 'system', developer: 'system', user: 'user', assistant: 'assistant', tool: 'tool result' }
export const roleName = (role: string | null): string => ROLES[role ?? ''] ?? role ?? 'message'

const COLOURS: Readonly<Record<string, string>> = { tools: '--k-evaluator', system: '--r-system', user: '--r-user', assistant: '--r-assistant', 'tool result': '--r-result' }
export const roleColour = (role: string): string => COLOURS[roleName(role)] ?? '--k-other'

export const isLoss = (call: CacheCall): boolean => call.outcome === 'changed' || call.outcome === 'expired' || call.outcome === 'missed'

/** A number that was estimated; a bound is said as it is. */
export const about = (text: string): string => (/^[<—]/.test(text) ? text : `≈ ${text}`)

/** The few words beside a bar. */
export function tagOf(call: CacheCall): string {
  const broken = call.broken_item === null ? undefined : call.items[call.broken_item]
  switch (call.outcome) {
    case 'changed': return `${roleName(broken?.role ?? null)} changed`
    case 'expired': return `${formatDuration(call.idle_ns)} idle`
    case 'missed': return 'not read from the cache'
    case 'too_short': return 'too short to be kept'
    case 'not_asked': return 'caching not asked for'
    case 'unknown': return call.broken_item !== null ? `${roleName(broken?.role ?? null)} changed` : ''
    default: return ''
  }
}

const minutes = (seconds: number): string => formatDuration(seconds * 1e9)

/** The heading under the bars. */
export function verdictOf(call: CacheCall): string {
  const broken = call.broken_item === null ? undefined : call.items[call.broken_item]
  const role = roleName(broken?.role ?? null)
  switch (call.outcome) {
    case 'first': return 'Nothing before it has anything in common with this call'
    case 'hit': return 'The provider read from its cache what was to be expected'
    case 'changed':
      if (role === 'tools') return 'A tool definition changed, so everything was paid again'
      if (role === 'system') return 'The system message changed, so everything after it was paid again'
      return `A message of an earlier turn (${role}) is another one now, so everything from there on was paid again`
    case 'expired': return 'The cache entry had been unused for too long'
    case 'missed': return 'The content was the same and in time, and the provider read less than expected'
    case 'too_short': return 'What both have in common is shorter than what the provider keeps'
    case 'not_asked': return 'This provider caches what it is asked to, and the call before did not ask'
    default: return 'What was to be expected of the cache is not known'
  }
}

/** The explanation under the heading. */
export function reasonOf(call: CacheCall, rule: CacheRule | undefined): string {
  const idle = call.idle_ns === null ? '' : formatDuration(call.idle_ns)
  const kept = rule?.kept_s == null ? null : minutes(rule.kept_s)
  switch (call.outcome) {
    case 'expired': return `It came ${idle} after the call before. ${rule?.name ?? 'The provider'} promises to keep an unused prefix for ${kept ?? 'a time it does not state'}.`
    case 'missed': return `It came ${idle} after the call before with ${formatTokens(call.shared_tokens)} tokens in common. Providers route calls to several machines, each with its own cache; a stable cache key or user helps where the provider takes one.`
    case 'too_short': return `${rule?.name ?? 'The provider'} keeps prefixes of ${rule?.minimum_tokens.toLocaleString('en-US') ?? '?'} tokens and more; about ${formatTokens(call.shared_tokens)} are the same.`
    case 'not_asked': return 'Mark the end of the stable part with cache_control, and its reads cost a tenth of plain input.'
    case 'unknown':
      if (rule === undefined) return 'Vitrine knows no statement of this provider about its prompt cache.'
      if (call.items.some((item) => item.tokens === null)) return 'Tokens of single messages cannot be estimated: the call has images or other media, its content was not kept, or it reported no input tokens.'
      return 'The provider did not report how many tokens it read from its cache.'
    default: return ''
  }
}

const UNJUDGED: readonly (readonly [outcome: string, words: (count: number) => string])[] = [
  ['first', (count) => (count === 1 ? 'begins with nothing to share' : 'begin with nothing to share')], ['too_short', (count) => (count === 1 ? 'shares too little to be kept' : 'share too little to be kept')],
  ['not_asked', () => 'without caching asked for'], ['unknown', () => 'of which the provider, or what was sent, says too little'],
]

/** Why calls could not be judged, with their counts: `2 begin with nothing to share, 1 without caching asked for`. */
export function unjudgedWords(calls: readonly Pick<CacheCall, 'outcome'>[]): string {
  return UNJUDGED.flatMap(([outcome, words]) => { const count = calls.filter((call) => call.outcome === outcome).length; return count === 0 ? [] : [`${formatCount(count)} ${words(count)}`] }).join(', ')
}

/** The next call with a loss after (or before) `from`, going round; −1 where there is none. */
export function nextLoss(calls: readonly CacheCall[], from: number, step: 1 | -1): number {
  for (let i = 1; i <= calls.length; i++) {
    const index = (((from + i * step) % calls.length) + calls.length) % calls.length
    const call = calls[index]
    if (call && (isLoss(call) || call.broken_item !== null)) return index
  }
  return -1
}

// Why the selected call was, or was not, read from the cache; and both texts of the message that changed.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { spanQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { CacheCall, CacheRule } from '@/api/threads'
import type { SpanDetail } from '@/api/types'
import { formatUsd } from '@/base/money'
import { formatDuration } from '@/base/time'
import { formatTokens, plural } from '@/base/tokens'
import { TextDiff, messageText } from '@/features/compare'
import { Icon } from '@/widgets/icons'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { about, isLoss, reasonOf, roleName, verdictOf } from '../lib/words'

interface Props {
  call: CacheCall
  previous: CacheCall | undefined
  /** Of the previous call, counted from 1. */
  number: number
  rule: CacheRule | undefined
}

export function Why({ call, previous, number, rule }: Props): ReactNode {
  const reason = reasonOf(call, rule)
  return (
    <section className="why" aria-label="Selected call" tabIndex={0}>
      <div>
        <h2 className="row">{isLoss(call) && <span className="warn"><Icon name="warning" size={15} /></span>}{verdictOf(call)}</h2>
        {reason !== '' && <p className="t2 reason">{reason}</p>}
        {previous && call.previous_item !== null && <Texts call={call} previous={previous} number={number} />}
      </div>
      <Facts call={call} previous={previous} number={number} rule={rule} />
    </section>
  )
}

function Facts({ call, previous, number, rule }: Props): ReactNode {
  const row = (name: string, value: ReactNode): ReactNode => <div><dt>{name}</dt><dd>{value}</dd></div>
  return (
    <aside className="whyfacts">
      <dl>
        {row('Compared with', previous === undefined ? 'no call before' : <Link className="link" to="/calls/$traceId/$spanId" params={{ traceId: previous.trace_id, spanId: previous.span_id }}>call {number}</Link>)}
        {row('Input', `${formatTokens(call.input_tokens)} tok`)}
        {previous && (
          <>
            {row('Idle since then', formatDuration(call.idle_ns))}
            {row('Shared prefix', call.shared_items === 0 ? 'nothing' : call.shared_tokens === null ? `${plural(call.shared_items, 'part')}, tokens not known` : `≈ ${formatTokens(call.shared_tokens)} tok in ${plural(call.shared_items, 'part')}`)}
            {row('Expected', call.expected_tokens === null ? 'not known' : call.expected_tokens === 0 ? 'nothing' : `≈ ${formatTokens(call.expected_tokens)} tok`)}
          </>
        )}
        {row('Reported', call.cached_tokens === null ? 'not reported' : `${formatTokens(call.cached_tokens)} tok`)}
        {call.written_tokens !== null && row('Written', `${formatTokens(call.written_tokens)} tok`)}
        {previous && row('Lost', call.lost_tokens === null ? (call.expected_tokens === 0 ? 'nothing' : 'not known') : call.lost_tokens === 0 ? 'nothing' : `≈ ${formatTokens(call.lost_tokens)} tok, ${call.lost_usd === null ? 'unpriced' : about(formatUsd(call.lost_usd))}`)}
        {call.cost_usd !== null && row('The call cost', formatUsd(call.cost_usd))}
      </dl>
      {rule && (
        <p className="small t2">
          {rule.name}: from {rule.minimum_tokens.toLocaleString('en-US')} tokens{rule.block_tokens > 1 && `, in steps of ${rule.block_tokens}`}; {rule.kept_s === null ? 'how long is not stated' : `kept ${formatDuration(rule.kept_s * 1e9)} unused`}; {rule.is_automatic ? 'automatic' : 'only where asked for'}.{' '}
          <a className="link" href={rule.source} target="_blank" rel="noopener noreferrer">Source</a>
        </p>
      )}
      <p className="row wrap">
        <Link className="btn tiny" to="/calls/$traceId/$spanId" params={{ traceId: call.trace_id, spanId: call.span_id }}>Open call</Link>
        {previous && <Link className="btn tiny" to="/calls/$traceId/$spanId/diff/$otherTrace/$otherSpan" params={{ traceId: previous.trace_id, spanId: previous.span_id, otherTrace: call.trace_id, otherSpan: call.span_id }}>Compare both <kbd>d</kbd></Link>}
      </p>
    </aside>
  )
}

/** The text of an item of the lens in the span it belongs to. */
function textAt(detail: SpanDetail, call: CacheCall, index: number | null): string | null {
  const item = index === null ? undefined : call.items[index]
  if (item === undefined) return null
  if (item.role === 'tool_definition') {
    const tool = detail.tool_definitions[item.position]
    return tool === undefined ? null : `${tool.name ?? ''}\n${tool.description ?? ''}\n${JSON.stringify(tool.parameters, null, 2)}`
  }
  const message = detail.input_messages.find((candidate) => candidate.position === item.position)
  return message === undefined ? null : messageText(message)
}

function Texts({ call, previous, number }: { call: CacheCall; previous: CacheCall; number: number }): ReactNode {
  const { project } = useScope()
  const before = useQuery(spanQuery(project, previous.trace_id, previous.span_id))
  const now = useQuery(spanQuery(project, call.trace_id, call.span_id))
  const failed = before.error ?? now.error
  if (failed) return <ProblemBox what="The texts could not be read" problem={asProblem(failed)} onRetry={() => { void before.refetch(); void now.refetch() }} />
  if (!before.data || !now.data) return <SkeletonRows count={4} />
  const [a, b] = [textAt(before.data, previous, call.previous_item), textAt(now.data, call, call.broken_item)]
  const role = (from: CacheCall, index: number | null): string => (index === null ? 'nothing' : roleName(from.items[index]?.role ?? null))
  return (
    <div className="two">
      <div><p className="twohead"><span className="t3">call {number}</span><b>{role(previous, call.previous_item)}</b></p><div className="twotext" tabIndex={0}>{a === null ? <p className="t3">Not kept</p> : <TextDiff a={a} b={b ?? ''} side="a" />}</div></div>
      <div><p className="twohead"><span className="t3">this call</span><b>{call.broken_item === null ? 'ends before it' : role(call, call.broken_item)}</b></p><div className="twotext" tabIndex={0}>{b === null ? <p className="t3">Nothing stands in its place</p> : <TextDiff a={a ?? ''} b={b} side="b" />}</div></div>
    </div>
  )
}

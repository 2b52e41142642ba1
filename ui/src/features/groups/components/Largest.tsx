// The fifty longest and dearest calls of what the page shows, each a door.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { largestQuery, type Largest as Found, type LargestOf } from '@/api/largest'
import { useScope } from '@/api/scope'
import { toCsvRows } from '@/base/csv'
import { formatUsd } from '@/base/money'
import { formatDuration, formatMinute, parseTime } from '@/base/time'
import { formatCount, formatTokens } from '@/base/tokens'
import { saveText } from '@/widgets/copy'
import { Icon } from '@/widgets/icons'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import type { GroupContext } from '../GroupPage'

const WANTED = 50
const FIRST = 10
const SORTS: readonly (readonly [LargestOf, string, string])[] = [['cost_usd', 'Dearest', 'a price'], ['duration', 'Longest', 'a duration'], ['input_tokens', 'Longest prompts', 'token counts']]

function csvOf(found: Found): string {
  return toCsvRows([['trace_id', 'span_id', 'start_time', 'model', 'release', 'feature', 'duration_ns', 'ttft_ns', 'input_tokens', 'output_tokens', 'cost_usd'],
    ...found.calls.map((call) => [call.trace_id, call.span_id, call.start_time, call.response_model ?? call.request_model, call.release, call.feature, call.duration_ns, call.ttft_ns, call.input_tokens, call.output_tokens, call.cost_usd])])
}

export function Largest({ context: { window, filter } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const [of, setOf] = useState<LargestOf>('cost_usd')
  const [all, setAll] = useState(false)
  const { data, error, refetch } = useQuery(largestQuery(project, window, filter, of, WANTED))
  const [, title, lacking] = SORTS.find(([name]) => name === of) ?? SORTS[0] ?? ['cost_usd', '', '']
  const rows = all ? (data?.calls ?? []) : (data?.calls ?? []).slice(0, FIRST)
  const mark = (name: LargestOf): string => (name === of ? 'n strong' : 'n')
  return (
    <section className="panel" aria-label="The largest calls">
      <header className="chartheader"><h2>The {WANTED} {of === 'cost_usd' ? 'dearest' : of === 'duration' ? 'longest' : 'calls with the longest prompts'}{of === 'input_tokens' ? '' : ' calls'}</h2>
        <span className="t3 small num">{data ? `of ${formatCount(data.count)} with ${lacking}${data.cut ? '; among so many equals, the newest' : ''}` : ''}</span>
        <span className="seg push" role="group" aria-label="Order">{SORTS.map(([name, words]) => <button key={name} type="button" aria-pressed={name === of} onClick={() => setOf(name)}>{words}</button>)}</span></header>
      {error ? <ProblemBox what="The calls could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <SkeletonRows count={FIRST} />
        : rows.length === 0 ? <p className="panelnote">No call of this time has {lacking}.</p> : (
          <>
            <Wide label={title}><table className="largest">
              <thead><tr><th className="n">#</th><th>Started</th><th>Model</th><th>Release</th><th>Feature</th><th>Asked</th><th className="n">Duration</th><th className="n">TTFT</th><th className="n">In</th><th className="n">Out</th><th className="n">Cost</th></tr></thead>
              <tbody>{rows.map((call, index) => (
                <tr key={call.trace_id + call.span_id}>
                  <td className="n t3">{index + 1}</td>
                  <td className="nowrap"><Link className="link num" to="/calls/$traceId/$spanId" params={{ traceId: call.trace_id, spanId: call.span_id }}>{formatMinute(parseTime(call.start_time))}</Link></td>
                  <td className="clip modelcell" title={call.response_model ?? call.request_model ?? undefined}>{call.response_model ?? call.request_model ?? '—'}</td><td className="nowrap">{call.release ?? <span className="t3">—</span>}</td><td className="nowrap">{call.feature ?? <span className="t3">—</span>}</td>
                  <td className="clip asked t2" dir="auto" title={call.input_preview ?? undefined}>{call.input_preview ?? '—'}</td>
                  <td className={mark('duration')}>{formatDuration(call.duration_ns)}</td><td className="n t2">{call.ttft_ns === null ? '—' : formatDuration(call.ttft_ns)}</td>
                  <td className={mark('input_tokens')}>{formatTokens(call.input_tokens)}</td><td className="n">{formatTokens(call.output_tokens)}</td><td className={mark('cost_usd')}>{call.cost_usd === null ? <span className="t3">unpriced</span> : formatUsd(call.cost_usd)}</td>
                </tr>
              ))}</tbody>
            </table></Wide>
            <footer className="tablefoot small t3">
              {data.calls.length > FIRST && <button type="button" className="btn quiet tiny" aria-expanded={all} onClick={() => setAll(!all)}>{all ? `The first ${FIRST}` : `All ${data.calls.length}`}</button>}
              <button type="button" className="btn quiet tiny push" onClick={() => saveText('vitrine-largest-calls.csv', csvOf(data), 'text/csv')}><Icon name="download" size={12} /> CSV, {data.calls.length} rows</button>
            </footer>
          </>
        )}
    </section>
  )
}

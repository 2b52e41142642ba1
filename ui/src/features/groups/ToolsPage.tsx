// Tools: how often they succeed, what kinds of errors they end in, and the arguments that fail.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery } from '@/api/metrics'
import { rowsQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { cutText } from '@/base/ids'
import { formatTerm, joinTerms } from '@/base/filter'
import { formatRatio, numberOf } from '@/base/measure'
import { parseTime } from '@/base/time'
import { formatCount } from '@/base/tokens'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { GroupPage, type GroupContext } from './GroupPage'

export function ToolsPage(): ReactNode {
  return <GroupPage id="tools" extra={(context) => <div className="extras"><Errors context={context} /><Arguments context={context} /></div>} />
}

const SHOWN = 20

function Errors({ context: { window, filter } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const failed = joinTerms([filter, 'status:error'])
  const { data, error, refetch } = useQuery(metricsQuery(project, { ...window, unit: 'spans', filter: failed, measures: ['count'], group_by: ['tool_name', 'error_type'], top: SHOWN }))
  const all = numberOf(data?.totals.values[0]) ?? 0
  return (
    <section className="panel" aria-label="Errors by tool">
      <header><h2>Errors by tool</h2><span className="t3 small push">{data ? `${formatCount(all)} in this time` : ''}</span></header>
      {error ? <ProblemBox what="The errors could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <SkeletonRows count={4} />
        : data.groups.length === 0 ? <p className="panelnote">No tool failed in this time.</p> : (
          <Wide label="Errors by tool"><table>
            <thead><tr><th>Tool</th><th>Error</th><th className="n">Runs</th><th className="n">Share</th></tr></thead>
            <tbody>{data.groups.map((group) => (
              <tr key={group.key.join(' ')}><td className="strong">{group.is_other ? 'everything else' : group.key[0] || 'no name'}</td>
                <td>{group.is_other ? '' : <Link className="link" to="/traces" search={{ filter: `{${joinTerms([failed, formatTerm('tool', group.key[0] ?? ''), formatTerm('error_type', group.key[1] ?? '')])}}` } as never}>{group.key[1] || 'of no class'}</Link>}</td>
                <td className="n">{formatCount(numberOf(group.values[0]))}</td><td className="n">{all > 0 ? formatRatio((numberOf(group.values[0]) ?? 0) / all) : '—'}</td></tr>
            ))}</tbody>
          </table></Wide>
        )}
    </section>
  )
}

const IN_TIME = "start_time >= parseDateTime64BestEffort({start:String}, 9, 'UTC') AND start_time < parseDateTime64BestEffort({end:String}, 9, 'UTC')"
// Not of the view tool_calls: that joins each call with every run of a tool there ever was, and only those that failed in this time matter.
const FAILED_ARGUMENTS = `SELECT name, arguments, count() AS runs, argMax(asked.trace_id, start_time), argMax(failed.span_id, start_time) FROM (
SELECT trace_id, start_time, call.1 AS name, call.2 AS arguments, call.3 AS id
FROM (SELECT trace_id, start_time, tool_call_names, tool_call_arguments, tool_call_ids FROM spans WHERE counted AND notEmpty(tool_call_ids) AND ${IN_TIME})
ARRAY JOIN arrayZip(tool_call_names, tool_call_arguments, tool_call_ids) AS call
) AS asked LEFT SEMI JOIN (
SELECT trace_id, span_id, tool_call_id FROM spans WHERE kind = 'tool' AND status = 'error' AND tool_call_id != '' AND ${IN_TIME}
) AS failed ON asked.trace_id = failed.trace_id AND asked.id = failed.tool_call_id
GROUP BY name, arguments ORDER BY runs DESC, name, arguments LIMIT ${SHOWN}`

/** Reads the calls that asked for tools one by one: of ten million spans a week takes a second, and a month longer than a page waits. */
const ARGUMENTS_MS = 7 * 24 * 3_600_000

function Arguments({ context: { window, filter, spec } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const start = Math.max(parseTime(window.from), parseTime(window.to) - ARGUMENTS_MS)
  const notes = [filter === spec.base ? '' : 'of all tools: the filter is not applied here', start > parseTime(window.from) ? 'of the last 7 days' : ''].filter(Boolean)
  const { data, error, refetch } = useQuery(rowsQuery(project, FAILED_ARGUMENTS, { start: new Date(start).toISOString(), end: window.to }))
  return (
    <section className="panel" aria-label="Arguments that fail">
      <header><h2>Arguments that fail</h2><span className="t3 small push">{notes.join('; ')}</span></header>
      {error ? <ProblemBox what="The arguments could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <SkeletonRows count={4} />
        : data.rows.length === 0 ? <p className="panelnote">No failed run could be joined with the call that asked for it.</p> : (
          <Wide label="Arguments that fail"><table>
            <thead><tr><th>Tool</th><th>Arguments</th><th className="n">Failed</th><th>Newest</th></tr></thead>
            <tbody>{data.rows.map(([name, text, runs, trace, span]) => (
              <tr key={`${String(name)} ${String(text)}`}><td className="strong clip toolcell" title={String(name)}>{String(name)}</td><td className="mono small argument">{cutText(String(text), 240)}</td><td className="n">{formatCount(Number(runs))}</td>
                <td><Link className="link" to="/traces/$traceId" params={{ traceId: String(trace) }} search={{ span: String(span) } as never}>Open</Link></td></tr>
            ))}</tbody>
          </table></Wide>
        )}
    </section>
  )
}

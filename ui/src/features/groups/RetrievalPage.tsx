// Retrieval: searches that bring little, and the documents that are at hand when traces fail.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery } from '@/api/metrics'
import { rowsQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { formatTerm, joinTerms } from '@/base/filter'
import { formatRatio, formatValue, numberOf } from '@/base/measure'
import { formatCount } from '@/base/tokens'
import { Meter } from '@/widgets/metric'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { GroupPage, type GroupContext } from './GroupPage'

export function RetrievalPage(): ReactNode {
  return <GroupPage id="retrieval" extra={(context) => <div className="extras"><Few context={context} /><Sources context={context} /><Documents context={context} /></div>} />
}

/** What a search may bring, from nothing on: names, values of the dimension, and terms of filters. */
const BANDS = [['nothing', '0', 'retrieval.count:0'], ['1 or 2', '1-2', 'retrieval.count:1..2'], ['3 to 5', '3-5', 'retrieval.count:3..5'], ['6 to 10', '6-10', 'retrieval.count:6..10'], ['more than 10', '11+', 'retrieval.count>10']] as const

function Few({ context: { window, filter } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const { data, error, refetch } = useQuery(metricsQuery(project, { ...window, unit: 'spans', filter, measures: ['count', 'error_rate', 'avg(retrieval_avg_score)'], group_by: ['retrieval_size'] }))
  return (
    <section className="panel" aria-label="Documents per search">
      <header><h2>Documents per search</h2><span className="t3 small">few documents and bad scores go together</span></header>
      {error ? <ProblemBox what="The searches could not be counted" problem={asProblem(error)} onRetry={() => void refetch()} />
        : !data ? <SkeletonRows count={BANDS.length} /> : (
          <Wide label="Documents per search"><table>
            <thead><tr><th>Documents</th><th className="n">Searches</th><th>Share</th><th className="n">Errors</th><th className="n">Score, mean</th></tr></thead>
            <tbody>{BANDS.map(([name, size, term]) => <Band key={name} name={name} filter={joinTerms([filter, term])} total={numberOf(data.totals.values[0])} values={data.groups.find((group) => group.key[0] === size)?.values} />)}</tbody>
          </table></Wide>
        )}
    </section>
  )
}

/** Values: none where no search brought so many. */
function Band({ name, filter, total, values }: { name: string; filter: string; total: number | null; values: readonly unknown[] | undefined }): ReactNode {
  const [count, errors, score] = values ?? [0, null, null]
  const found = numberOf(count)
  const share = found !== null && total !== null && total > 0 ? found / total : null
  return (
    <tr><td><Link className="link" to="/traces" search={{ filter: `{${filter}}` } as never}>{name}</Link></td><td className="n">{formatCount(found)}</td>
      <td><span className="row"><Meter share={share} {...(name === 'nothing' && (share ?? 0) > 0 ? { look: 'warn' as const } : {})} /><span className="num small t2">{share === null ? '—' : formatRatio(share)}</span></span></td>
      <td className="n">{formatValue('ratio', found === 0 ? null : errors)}</td><td className="n">{formatValue('score', score)}</td></tr>
  )
}

const SHOWN = 20
const DOCUMENTS = `SELECT document, any(source), uniqExact(trace_id) AS found_in, uniqExactIf(trace_id, trace_id IN (SELECT trace_id FROM traces WHERE status = 'error' AND start_time >= parseDateTime64BestEffort({start:String}, 9, 'UTC') - INTERVAL 1 HOUR)) AS failed, avg(score)
FROM (SELECT trace_id, tupleElement(item, 1) AS document, if(tupleElement(item, 4) = '', data_source, tupleElement(item, 4)) AS source, tupleElement(item, 2) AS score FROM
(SELECT trace_id, data_source, arrayJoin(retrieval) AS item FROM spans WHERE kind = 'retrieval' AND start_time >= parseDateTime64BestEffort({start:String}, 9, 'UTC') AND start_time < parseDateTime64BestEffort({end:String}, 9, 'UTC')))
WHERE document != '' GROUP BY document HAVING failed > 0 ORDER BY failed DESC, found_in DESC LIMIT ${SHOWN}`

const SOURCES = `SELECT source, uniqExact(trace_id) AS found_in, uniqExactIf(trace_id, trace_id IN (SELECT trace_id FROM traces WHERE status = 'error' AND start_time >= parseDateTime64BestEffort({start:String}, 9, 'UTC') - INTERVAL 1 HOUR)) AS failed,
count() AS searches, countIf(status = 'error') AS broken, countIf(retrieval_count = 0) AS nothing FROM
(SELECT trace_id, data_source AS source, status, retrieval_count FROM spans WHERE kind = 'retrieval' AND start_time >= parseDateTime64BestEffort({start:String}, 9, 'UTC') AND start_time < parseDateTime64BestEffort({end:String}, 9, 'UTC'))
WHERE source != '' GROUP BY source ORDER BY failed / found_in DESC, searches DESC LIMIT ${SHOWN}`

function Sources({ context: { window, filter, spec } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const { data, error, refetch } = useQuery(rowsQuery(project, SOURCES, { start: window.from, end: window.to }))
  return (
    <section className="panel" aria-label="Data sources that fail most">
      <header><h2>Data sources that fail most</h2><span className="t3 small push">{filter === spec.base ? 'by share of failing traces' : 'of all searches: the filter is not applied here'}</span></header>
      {error ? <ProblemBox what="The data sources could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <SkeletonRows count={4} />
        : data.rows.length === 0 ? <p className="panelnote">No search of this time names its data source.</p> : (
          <Wide label="Data sources that fail most"><table>
            <thead><tr><th>Data source</th><th className="n">Traces</th><th className="n">Failed</th><th className="n">Share</th><th className="n" title="Searches that ended in an error">Broken</th><th className="n" title="Searches that brought no document">Nothing found</th></tr></thead>
            <tbody>{data.rows.map(([source, found, failed, searches, broken, nothing]) => (
              <tr key={String(source)}><td><Link className="link" to="/traces" search={{ filter: joinTerms([formatTerm('retrieval.source', String(source)), 'status:error']) } as never}>{String(source)}</Link></td>
                <td className="n">{formatCount(Number(found))}</td><td className="n">{formatCount(Number(failed))}</td><td className="n">{formatRatio(Number(failed) / Math.max(1, Number(found)))}</td>
                <td className="n">{formatRatio(Number(broken) / Math.max(1, Number(searches)))}</td><td className="n">{formatRatio(Number(nothing) / Math.max(1, Number(searches)))}</td></tr>
            ))}</tbody>
          </table></Wide>
        )}
    </section>
  )
}

function Documents({ context: { window, filter, spec } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const { data, error, refetch } = useQuery(rowsQuery(project, DOCUMENTS, { start: window.from, end: window.to }))
  return (
    <section className="panel" aria-label="Documents in failing traces">
      <header><h2>Documents in failing traces</h2><span className="t3 small push">{filter === spec.base ? '' : 'of all searches: the filter is not applied here'}</span></header>
      {error ? <ProblemBox what="The documents could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <SkeletonRows count={4} />
        : data.rows.length === 0 ? <p className="panelnote">No document was brought into a trace that failed.</p> : (
          <Wide label="Documents in failing traces"><table>
            <thead><tr><th>Document</th><th>Source</th><th className="n">Traces</th><th className="n">Failed</th><th className="n">Share</th><th className="n">Score, mean</th></tr></thead>
            <tbody>{data.rows.map(([document, source, found, failed, score]) => (
              <tr key={String(document)}><td className="mono small"><Link className="link" to="/traces" search={{ filter: joinTerms([formatTerm('retrieval.document', String(document)), 'status:error']) } as never}>{String(document)}</Link></td><td className="t2">{source === '' ? '—' : String(source)}</td>
                <td className="n">{formatCount(Number(found))}</td><td className="n">{formatCount(Number(failed))}</td><td className="n">{formatRatio(Number(failed) / Math.max(1, Number(found)))}</td><td className="n">{formatValue('score', score)}</td></tr>
            ))}</tbody>
          </table></Wide>
        )}
    </section>
  )
}

// What came in through each door and what did not, with the reason: kept by the server, through restarts.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { rowsQuery } from '@/api/queries'
import { formatCount } from '@/base/tokens'
import { TableSkeleton } from '@/widgets/skeletons'
import { ProblemBox } from '@/widgets/states'
import { Wide } from '@/widgets/wide'

const LEDGER = `SELECT door, reason, toFloat64(sum(accepted)), toFloat64(sum(rejected)), toFloat64(sum(dropped)), toFloat64(sum(quarantined))
FROM ingest_ledger WHERE time >= now() - INTERVAL 7 DAY GROUP BY door, reason ORDER BY door, reason`

/** The reasons of docs/ingest-ledger.md; a request that was refused whole has the code of its error. */
const REASONS: { readonly [reason: string]: string } = {
  invalid_item: 'items without a valid id and the like',
  returned: 'spans that this server had forwarded',
  no_genai_event: 'log records that are no event of a model call',
  unrecorded: 'calls that went through unrecorded',
  refused_by_engine: 'refused by the engine, kept in quarantine',
  invalid_input: 'requests that could not be read',
  unsupported: 'requests of a kind that is not taken',
  limit_exceeded: 'requests beyond a limit',
}

export function Ledger({ project }: { project: string }): ReactNode {
  const ledger = useQuery(rowsQuery(project, LEDGER, {}))
  if (ledger.isPending) return <TableSkeleton count={3} />
  if (ledger.error) return <ProblemBox what="The ledger could not be read" problem={asProblem(ledger.error)} onRetry={() => void ledger.refetch()} />
  const rows = ledger.data.rows
  return (
    <section className="panel">
      <header><h2>Last seven days</h2><span className="t3 small push">of this project, through restarts</span></header>
      {rows.length === 0 ? <p className="panelnote t2">Nothing came in, and nothing was refused.</p> : (
        <Wide label="Last seven days"><table>
          <thead><tr><th>Door</th><th>What</th><th className="n">Accepted</th><th className="n">Rejected</th><th className="n">Dropped</th><th className="n">Quarantined</th></tr></thead>
          <tbody>{rows.map(([door, reason, ...counts]) => (
            <tr key={`${String(door)} ${String(reason)}`}>
              <td className="mono nowrap">{String(door)}</td>
              <td className="reason">{reason === '' ? 'taken' : REASONS[String(reason)] ?? String(reason)}</td>
              {counts.map((count, column) => <td key={column} className={Number(count) === 0 ? 'n t3' : 'n'}>{formatCount(Number(count))}</td>)}
            </tr>
          ))}</tbody>
        </table></Wide>
      )}
    </section>
  )
}

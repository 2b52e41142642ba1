// The columns of the public views, asked from the server, so that the tree is true for the version that runs.
import { queryOptions } from '@tanstack/react-query'
import { asProblem } from '@/api/client'
import { runSql } from '@/api/queries'

/** The views that can be asked, in the order in which people need them. */
export const VIEWS = ['calls', 'spans', 'traces', 'sessions', 'messages', 'call_messages', 'tool_calls', 'scores', 'attachments', 'exchanges', 'token_timeline', 'rollups', 'price_rows', 'ingest_ledger'] as const

export interface Column {
  name: string
  type: string
}

export interface View {
  name: string
  columns: readonly Column[]
}

/** `DateTime64(9, 'UTC')` and the like, short enough to stand beside a name. */
export function shortType(type: string): string {
  const inner = /^(?:LowCardinality|Nullable)\((.*)\)$/s.exec(type)
  if (inner?.[1] !== undefined) return shortType(inner[1])
  return type.replace(/\s+/g, ' ').replace(/^DateTime64.*$/, 'time').replace(/^Decimal.*$/, 'money').replace(/^Array\((.*)\)$/, (_, item: string) => `${shortType(item)}[]`).replace(/^Tuple\(.*$/, 'tuple').replace(/^Map\(.*$/, 'map')
    .replace(/^U?Int\d+$/, 'int').replace(/^Float\d+$/, 'float').replace(/^String$|^FixedString.*$/, 'text').replace(/^Bool$/, 'bool')
}

/** A view that the server refuses to describe is one that it does not have; every other failure may pass. */
function absent(error: unknown): null {
  const { status } = asProblem(error)
  if (status >= 400 && status < 500) return null
  throw error
}

export const viewsQuery = (project: string) =>
  queryOptions({
    queryKey: ['sql-views', project],
    queryFn: async ({ signal }): Promise<View[]> =>
      Promise.all(VIEWS.map(async (name) => {
        const answer = await runSql(project, `DESCRIBE ${name}`, signal).catch(absent)
        return { name, columns: (answer?.rows ?? []).map((row) => ({ name: String(row[0]), type: String(row[1]) })) }
      })),
    staleTime: Infinity,
  })

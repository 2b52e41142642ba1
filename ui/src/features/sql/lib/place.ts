// Where in a query an error is, as its editor counts.
import { indexAt } from '@/base/filter'

export function placeOf(query: string, byte: number): string {
  const lines = query.slice(0, indexAt(query, byte)).split('\n')
  return `line ${lines.length}, column ${[...(lines.at(-1) ?? '')].length + 1}`
}

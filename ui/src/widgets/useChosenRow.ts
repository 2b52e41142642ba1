// Which row of a list is chosen: the row itself, not its place, for rows come before it while somebody looks or is away.
import { useCallback, useMemo, useState } from 'react'
import { clamp } from '@/base/values'

export interface Chosen {
  key: string | null
  /** Where it was last: taken when the row is gone. */
  index: number
}

/** The place of the chosen row among those that are there now. */
export function placeOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string, { key, index }: Chosen): number {
  const found = key === null ? -1 : rows.findIndex((row) => keyOf(row) === key)
  return found >= 0 ? found : clamp(index, 0, Math.max(0, rows.length - 1))
}

/** `first` is the row to begin with, such as the one that was opened last. */
export function useChosenRow<Row>(rows: readonly Row[], keyOf: (row: Row) => string, first: string | null): [selected: number, select: (index: number) => void] {
  const [chosen, setChosen] = useState<Chosen>(() => ({ key: rows.some((row) => keyOf(row) === first) ? first : null, index: 0 }))
  const selected = useMemo(() => placeOf(rows, keyOf, chosen), [rows, keyOf, chosen])
  const select = useCallback((index: number) => {
    const row = rows[index]
    setChosen({ key: row === undefined ? null : keyOf(row), index })
  }, [rows, keyOf])
  return [selected, select]
}

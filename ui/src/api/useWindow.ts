// The time of a page with both ends, as comparisons need it. "All time" is what the project has: its oldest trace says.
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { DEFAULT_RANGE, relativeMs } from '@/base/range'
import { parseTime } from '@/base/time'
import { histogramQuery } from './queries'
import { useScope } from './scope'

export interface Window {
  from: string
  to: string
}

const MINUTE_MS = 60_000

/** Sums are kept by the minute: a time that nobody chose exactly is answered from them where it begins and ends with one. */
export function wholeMinutes(from: number, to: number): Window {
  return { from: new Date(Math.floor(from / MINUTE_MS) * MINUTE_MS).toISOString(), to: new Date(Math.ceil(to / MINUTE_MS) * MINUTE_MS).toISOString() }
}

export function useWindow(): Window | null {
  const { bounds, range, project } = useScope()
  const open = bounds.from === undefined
  const everything = useQuery({ ...histogramQuery(project, bounds.to === undefined ? {} : { to: bounds.to }, 1), enabled: open })
  return useMemo(() => {
    const length = relativeMs(range.range ?? DEFAULT_RANGE) ?? relativeMs(DEFAULT_RANGE) ?? 0
    if (bounds.from !== undefined) {
      if (range.from !== undefined) return { from: bounds.from, to: bounds.to ?? new Date().toISOString() }
      const from = parseTime(bounds.from)
      return wholeMinutes(from, bounds.to === undefined ? from + length : parseTime(bounds.to))
    }
    return everything.data ? wholeMinutes(parseTime(everything.data.from), parseTime(bounds.to ?? everything.data.to)) : null
  }, [bounds, range, everything.data])
}

export const hoursOf = (window: Window): number => Math.max((parseTime(window.to) - parseTime(window.from)) / 3_600_000, 1 / 3600)

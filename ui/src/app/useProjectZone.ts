// The time zone of the project, known to everything that writes a time before it is drawn. What it was the last time stands
// in this browser, so that a page does not begin in UTC and change under its reader.
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { settingsQuery } from '@/api/boards'
import { setZone, zoneName } from '@/base/zone'

const keyOf = (project: string): string => `vitrine-zone-${project}`

function remembered(project: string): string {
  try {
    return localStorage.getItem(keyOf(project)) ?? 'UTC'
  } catch {
    return 'UTC'
  }
}

export function useProjectZone(project: string): string {
  const { data } = useQuery(settingsQuery(project))
  const zone = data?.time_zone ?? remembered(project)
  // While drawing, because what is drawn next reads it; to set the same one again changes nothing.
  setZone(zone)
  useEffect(() => {
    if (!data) return
    try {
      localStorage.setItem(keyOf(project), data.time_zone)
    } catch {
      // A browser that keeps nothing asks each time.
    }
  }, [project, data])
  return zoneName()
}

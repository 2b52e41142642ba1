// Link templates: an address of another program with places for what a trace is called. What fills a place is escaped, so a
// trace can change neither where a link leads nor what it does; only http and https are links at all.

export const LINK_PLACES = ['trace_id', 'span_id', 'session_id', 'service', 'release'] as const
export type LinkPlace = (typeof LINK_PLACES)[number]

const PLACE = /\{(\w+)\}/g

/** The link, or null where it is none, or where a place has nothing to stand in it. */
export function fillLink(template: string, values: Partial<Record<LinkPlace, string | null>>): string | null {
  if (!/^https?:\/\//i.test(template)) return null
  let complete = true
  const filled = template.replace(PLACE, (_, name: string) => {
    const value = (LINK_PLACES as readonly string[]).includes(name) ? values[name as LinkPlace] : null
    if (value === undefined || value === null || value === '') complete = false
    return encodeURIComponent(value ?? '')
  })
  if (!complete || !URL.canParse(filled)) return null
  // The host is the template's own, whatever was filled in behind it.
  return new URL(filled).host === new URL(template.replace(PLACE, 'x')).host ? filled : null
}

// What the URL keeps of a trace page: span, tab, zoom, folds, words to find.

export const TABS = ['chat', 'raw', 'details', 'reproduce'] as const
export type Tab = (typeof TABS)[number]

export interface TraceSearch {
  span?: string
  tab?: Tab
  zoom?: string
  fold?: string
  find?: string
}

const isTab = (text: unknown): text is Tab => (TABS as readonly unknown[]).includes(text)

export function validTraceSearch(search: Readonly<Record<string, unknown>>): TraceSearch {
  const text = (key: string): string | undefined => {
    const value = search[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const out: TraceSearch = {}
  const [span, zoom, fold, find] = [text('span'), text('zoom'), text('fold'), text('find')]
  if (span !== undefined) out.span = span
  if (isTab(search['tab'])) out.tab = search['tab']
  if (zoom !== undefined) out.zoom = zoom
  if (fold !== undefined) out.fold = fold
  if (find !== undefined) out.find = find
  return out
}

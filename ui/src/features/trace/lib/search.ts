// What the URL keeps of a trace page: span, tab, view, zoom, folds, words to find.

export const TABS = ['chat', 'raw', 'details', 'reproduce'] as const
export type Tab = (typeof TABS)[number]

export const VIEWS = ['tree', 'graph', 'budget'] as const
export type ViewName = (typeof VIEWS)[number]

export interface TraceSearch {
  span?: string
  tab?: Tab
  view?: ViewName
  zoom?: string
  fold?: string
  find?: string
}

const isTab = (text: unknown): text is Tab => (TABS as readonly unknown[]).includes(text)

const isView = (text: unknown): text is ViewName => (VIEWS as readonly unknown[]).includes(text)

export function validTraceSearch(search: Readonly<Record<string, unknown>>): TraceSearch {
  const text = (key: string): string | undefined => {
    const value = search[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const out: TraceSearch = {}
  const [span, zoom, fold, find] = [text('span'), text('zoom'), text('fold'), text('find')]
  if (span !== undefined) out.span = span
  if (isTab(search['tab'])) out.tab = search['tab']
  if (isView(search['view']) && search['view'] !== 'tree') out.view = search['view']
  if (zoom !== undefined) out.zoom = zoom
  if (fold !== undefined) out.fold = fold
  if (find !== undefined) out.find = find
  return out
}

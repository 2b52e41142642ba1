// What can be changed about a trace on the screen, kept in memory and mirrored into the URL a moment later: history
// is written once a pause comes, so that holding a key down stays quick. Going back and forth is read from the URL.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { formatZoom, parseZoom } from '@/base/zoom'
import type { TraceModel } from '../lib/model'
import { firstInteresting, formatFolds, hasChildren, parseFolds, reveal, visibleRows } from '../lib/rows'
import { validTraceSearch, type Tab, type TraceSearch, type ViewName } from '../lib/search'

const MIRROR_MS = 150

export interface TraceState {
  selected: number
  folded: ReadonlySet<number>
  visible: Int32Array
  zoom: [number, number] | null
  tab: Tab
  view: ViewName
  find: string
  /** Whether the URL named a span: then a narrow page opens on it. */
  deepLinked: boolean
  select: (row: number) => void
  fold: (row: number) => void
  foldAll: () => void
  setZoom: (zoom: [number, number] | null) => void
  setTab: (tab: Tab) => void
  setView: (view: ViewName) => void
  setFind: (find: string) => void
}

export function useTraceState(model: TraceModel): TraceState {
  const search = validTraceSearch(useSearch({ strict: false }))
  const navigate = useNavigate()
  const linked = model.rowOf.get(search.span ?? '')
  const [selected, setSelected] = useState(linked ?? firstInteresting(model))
  const [folded, setFolded] = useState<ReadonlySet<number>>(() => reveal(model, parseFolds(model, search.fold), linked ?? firstInteresting(model)))
  const [zoom, setZoom] = useState(() => parseZoom(search.zoom, model.span))
  const [tab, setTab] = useState<Tab>(search.tab ?? 'chat')
  const [view, setView] = useState<ViewName>(search.view ?? 'tree')
  const [find, setFind] = useState(search.find ?? '')
  const visible = useMemo(() => visibleRows(model, folded), [model, folded])
  const touched = useRef(linked !== undefined)

  const wanted = useMemo<Required<{ [key in keyof TraceSearch]: TraceSearch[key] | undefined }>>(() => ({
    span: touched.current ? model.spanIds[selected] : undefined, tab: tab === 'chat' ? undefined : tab, view: view === 'tree' ? undefined : view,
    zoom: formatZoom(zoom), fold: formatFolds(model, folded), find: find === '' ? undefined : find,
  }), [model, selected, tab, view, zoom, folded, find])
  const written = useRef(JSON.stringify(search))
  useEffect(() => {
    const text = JSON.stringify(validTraceSearch(wanted))
    if (text === written.current) return
    const timer = setTimeout(() => {
      written.current = text
      void navigate({ to: '.', search: (old) => ({ ...old, ...wanted }) as never, replace: true })
    }, MIRROR_MS)
    return () => clearTimeout(timer)
  }, [wanted, navigate])
  const current = JSON.stringify(search)
  useEffect(() => {
    // Something else changed the URL: a link within the page, or going back.
    if (current === written.current) return
    written.current = current
    const next = validTraceSearch(JSON.parse(current) as Record<string, unknown>)
    const row = model.rowOf.get(next.span ?? '')
    if (row !== undefined) setSelected(row)
    setTab(next.tab ?? 'chat')
    setView(next.view ?? 'tree')
    setZoom(parseZoom(next.zoom, model.span))
  }, [current, model])

  const select = useCallback((row: number) => {
    touched.current = true
    setSelected(row)
    setFolded((old) => reveal(model, old, row))
  }, [model])
  const fold = useCallback((row: number) => {
    if (!hasChildren(model, row)) return
    setFolded((old) => {
      const next = new Set(old)
      if (!next.delete(row)) next.add(row)
      return next
    })
    // What is folded away cannot stay selected.
    setSelected((old) => (old > row && old < (model.end[row] ?? 0) ? row : old))
  }, [model])
  const foldAll = useCallback(() => {
    setFolded((old) => {
      if (old.size > 0) return new Set<number>()
      const next = new Set<number>()
      for (let row = 0; row < model.count; row++) if ((model.depth[row] ?? 0) >= 1 && hasChildren(model, row)) next.add(row)
      return next
    })
  }, [model])
  // A row under a folded one is shown by its nearest visible ancestor.
  useEffect(() => {
    for (let above = model.parent[selected] ?? -1, top = -1; ; above = model.parent[above] ?? -1) {
      if (above >= 0 && folded.has(above)) top = above
      if (above < 0) {
        if (top >= 0) setSelected(top)
        return
      }
    }
  }, [folded, model, selected])
  return { selected, folded, visible, zoom, tab, view, find, deepLinked: linked !== undefined, select, fold, foldAll, setZoom, setTab, setView, setFind }
}

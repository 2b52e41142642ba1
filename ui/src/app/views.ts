// Saved views: a name for an address. Kept in this browser, since the server has no place for them yet; a relative time
// stays relative, so that a view shows now whenever it is opened.
import { useSyncExternalStore } from 'react'
import { isRecord, parseJson } from '@/base/values'

export interface SavedView {
  name: string
  /** Path and parameters, project included. */
  address: string
}

const KEY = 'vitrine-views'
/** More than a palette can show is a list nobody reads. */
export const VIEWS_MAX = 100

/** What stands in the store, as far as it can be read. */
export function readViews(text: string | null): SavedView[] {
  const parsed = parseJson(text ?? '[]')
  if (!Array.isArray(parsed)) return []
  return parsed.filter((item): item is SavedView => isRecord(item) && typeof item['name'] === 'string' && typeof item['address'] === 'string' && /^\/(?!\/)/.test(item['address'])).slice(0, VIEWS_MAX)
}

/** A view of the same name is replaced; the newest stands first. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  return [view, ...views.filter((item) => item.name !== view.name)].slice(0, VIEWS_MAX)
}

const listeners = new Set<() => void>()
let known: SavedView[] | null = null

function load(): SavedView[] {
  if (known) return known
  try {
    known = readViews(localStorage.getItem(KEY))
  } catch {
    known = []
  }
  return known
}

function store(views: SavedView[]): boolean {
  known = views
  for (const listener of listeners) listener()
  try {
    localStorage.setItem(KEY, JSON.stringify(views))
    return true
  } catch {
    return false
  }
}

export const saveView = (view: SavedView): boolean => store(withView(load(), view))
export const removeView = (name: string): boolean => store(load().filter((item) => item.name !== name))

export function useViews(): readonly SavedView[] {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, load)
}

// Saved views: a name for an address, one list for everybody of a project, kept by the server. A relative time stays
// relative, so that a view shows now whenever it is opened. What earlier versions kept in this browser is handed over once.
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo } from 'react'
import { addView, removeView, replaceView, viewsQuery, type SavedView, type ViewBody } from '@/api/boards'
import { DEFAULT_PROJECT } from '@/api/scope'
import { isRecord, parseJson } from '@/base/values'

/** Where earlier versions kept their views. */
const OLD_KEY = 'vitrine-views'

export interface OldView {
  name: string
  /** Path and parameters, project included. */
  address: string
}

/** What stands in the browser's store, as far as it can be read. */
export function readOldViews(text: string | null): OldView[] {
  const parsed = parseJson(text ?? '[]')
  if (!Array.isArray(parsed)) return []
  return parsed.filter((item): item is OldView => isRecord(item) && typeof item['name'] === 'string' && typeof item['address'] === 'string' && /^\/(?!\/)/.test(item['address']))
}

/** An address as the server keeps it; its project is the one that the view belongs to. */
export function splitAddress(address: string): { project: string; page: string; query: string } {
  const url = new URL(address, 'http://page')
  const project = url.searchParams.get('project') ?? DEFAULT_PROJECT
  for (const name of ['project', 'theme']) url.searchParams.delete(name)
  return { project, page: url.pathname, query: url.searchParams.toString() }
}

export function addressOf(view: Pick<SavedView, 'page' | 'query'>, project: string): string {
  const query = new URLSearchParams(view.query)
  if (project !== DEFAULT_PROJECT) query.set('project', project)
  const text = query.toString()
  return text === '' ? view.page : `${view.page}?${text}`
}

const NONE: readonly SavedView[] = []

export function useViews(project: string): readonly SavedView[] {
  return useQuery(viewsQuery(project)).data ?? NONE
}

export interface ViewActions {
  /** A view of the same name is replaced. */
  save: (body: ViewBody) => Promise<void>
  move: (view: SavedView, position: number) => Promise<void>
  remove: (view: SavedView) => Promise<void>
}

export function useViewActions(project: string, views: readonly SavedView[]): ViewActions {
  const client = useQueryClient()
  const done = useCallback(() => client.invalidateQueries({ queryKey: ['views', project] }), [client, project])
  return useMemo(() => ({
    save: async (body) => {
      const known = views.find((view) => view.name === body.name)
      await (known ? replaceView(project, known.id, body) : addView(project, body))
      await done()
    },
    move: async ({ id, name, page, query }, position) => {
      await replaceView(project, id, { name, page, query, position })
      await done()
    },
    remove: async (view) => {
      await removeView(project, view.id)
      await done()
    },
  }), [project, views, done])
}

/** The name for a view that comes from a browser: where another view has its name, with a note behind it. */
export function freeName(name: string, taken: readonly string[]): string {
  for (let number = 0; ; number++) {
    const tried = number === 0 ? name : `${name} (from a browser${number === 1 ? '' : ` ${number}`})`
    if (!taken.includes(tried)) return tried
  }
}

/** Hands over one view. True when the server has it, so that the browser need not. */
async function handOver(view: OldView, client: QueryClient): Promise<boolean> {
  const { project, page, query } = splitAddress(view.address)
  try {
    const there = await client.fetchQuery({ ...viewsQuery(project), staleTime: 0 })
    const same = there.some((item) => item.name === view.name.trim() && item.page === page && item.query === query)
    if (!same) await addView(project, { name: freeName(view.name.trim(), there.map((item) => item.name)), page, query })
    return true
  } catch {
    return false
  }
}

let taking = false

async function takeOver(client: QueryClient): Promise<boolean> {
  const views = readOldViews(localStorage.getItem(OLD_KEY))
  const kept: OldView[] = []
  // The newest stood first; on the server the last one added stands last.
  for (const view of views) if (!(await handOver(view, client))) kept.push(view)
  if (kept.length === 0) localStorage.removeItem(OLD_KEY)
  else localStorage.setItem(OLD_KEY, JSON.stringify(kept))
  return views.length > kept.length
}

/** Once: what this browser kept goes to the server, and stays here as long as that does not answer. */
export function useTakeOver(): void {
  const client = useQueryClient()
  useEffect(() => {
    let old: string | null = null
    try {
      old = localStorage.getItem(OLD_KEY)
    } catch {
      return
    }
    if (old === null || taking) return
    taking = true
    void takeOver(client).then((changed) => (changed ? client.invalidateQueries({ queryKey: ['views'] }) : undefined)).finally(() => { taking = false })
  }, [client])
}

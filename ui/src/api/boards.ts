// What a project keeps about itself on the server: saved views, dashboards, its time zone and its links to other programs.
import { queryOptions } from '@tanstack/react-query'
import { request } from './client'

export interface SavedView {
  id: string
  name: string
  /** The path of a page. */
  page: string
  /** What the page is asked, without `?`. */
  query: string
}

export type ViewBody = Pick<SavedView, 'name' | 'page' | 'query'> & { position?: number }

export const viewsQuery = (project: string) =>
  queryOptions({
    queryKey: ['views', project],
    queryFn: async ({ signal }) => (await request<{ views: SavedView[] }>('/api/v1/views', { project, signal })).views,
    staleTime: 30_000,
  })

export const addView = (project: string, body: ViewBody): Promise<SavedView> => request<SavedView>('/api/v1/views', { project, method: 'POST', body })
export const replaceView = (project: string, id: string, body: ViewBody): Promise<SavedView> => request<SavedView>(`/api/v1/views/${encodeURIComponent(id)}`, { project, method: 'PUT', body })
export const removeView = (project: string, id: string): Promise<unknown> => request(`/api/v1/views/${encodeURIComponent(id)}`, { project, method: 'DELETE' })

export const CHARTS = ['number', 'line', 'bar', 'table', 'heatmap'] as const
export type ChartKind = (typeof CHARTS)[number]

/** The body of a request for measures, without its time and time zone: those are the page's and the project's. */
export interface PanelQuestion {
  unit?: 'calls' | 'spans' | 'traces'
  filter?: string
  measures: string[]
  group_by?: string[]
  interval?: string
  top?: number
  order?: string
  compare?: 'previous' | { from: string; to: string } | { filter: string }
  exact?: boolean
}

export interface Panel {
  id: string
  title: string
  chart: ChartKind
  /** Columns of twelve, and rows. */
  x: number
  y: number
  w: number
  h: number
  query: PanelQuestion
}

/** What can be changed, sent and shared as a file. */
export interface BoardBody {
  name: string
  description: string
  /** `7d`, `all`, or empty where the page's own time holds. */
  range: string
  filter: string
  panels: Panel[]
}

export interface Board extends BoardBody {
  id: string
  version: number
  created_at: string
  updated_at: string
}

export interface BoardEntry {
  id: string
  version: number
  created_at: string
  updated_at: string
  name: string
  panel_count: number
}

export const boardsQuery = (project: string) =>
  queryOptions({
    queryKey: ['dashboards', project],
    queryFn: async ({ signal }) => (await request<{ dashboards: BoardEntry[] }>('/api/v1/dashboards', { project, signal })).dashboards,
  })

const boardPath = (id: string): string => `/api/v1/dashboards/${encodeURIComponent(id)}`

export const boardQuery = (project: string, id: string) =>
  queryOptions({ queryKey: ['dashboard', project, id], queryFn: ({ signal }) => request<Board>(boardPath(id), { project, signal }) })

/** `body` may be a file that somebody chose: the server says what is wrong with it. */
export const addBoard = (project: string, body: unknown): Promise<Board> => request<Board>('/api/v1/dashboards', { project, method: 'POST', body })
export const replaceBoard = (project: string, id: string, body: BoardBody & { version: number }): Promise<Board> => request<Board>(boardPath(id), { project, method: 'PUT', body })
export const removeBoard = (project: string, id: string): Promise<unknown> => request(boardPath(id), { project, method: 'DELETE' })

export interface LinkTemplate {
  name: string
  url: string
}

export interface ProjectSettings {
  project: string
  version: number
  time_zone: string
  link_templates: LinkTemplate[]
  updated_at: string | null
}

export const settingsQuery = (project: string) =>
  queryOptions({
    queryKey: ['settings', project],
    queryFn: ({ signal }) => request<ProjectSettings>('/api/v1/project', { project, signal }),
    staleTime: 30_000,
  })

export const changeSettings = (project: string, body: Pick<ProjectSettings, 'version' | 'time_zone' | 'link_templates'>): Promise<ProjectSettings> =>
  request<ProjectSettings>('/api/v1/project', { project, method: 'PUT', body })

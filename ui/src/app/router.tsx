// Routes. Search parameters are plain strings; each page validates its own and the scope (project, time) is kept
// from page to page.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, retainSearchParams } from '@tanstack/react-router'
import { filterSearch, type FilterSearch } from '@/api/filter'
import { whenThere } from '@/api/reach'
import { validRangeSearch, type RangeSearch } from '@/base/range'
import { pickTexts } from '@/base/search'
import { TracesPage } from '@/features/traces'
import { TracePage, validTraceSearch } from '@/features/trace'
import { Shell } from './Shell'
import { Coming, NotFound, RouteError } from './fallbacks'

type Search = Record<string, unknown>

export interface ScopeSearch extends RangeSearch {
  project?: string
  theme?: string
}

const text = (search: Search, key: string): string | undefined => {
  const value = search[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: RouteError,
  validateSearch: (search: Search): ScopeSearch => {
    const project = text(search, 'project')
    const theme = text(search, 'theme')
    return { ...validRangeSearch(search), ...(project === undefined ? {} : { project }), ...(theme === undefined ? {} : { theme }) }
  },
  search: { middlewares: [retainSearchParams<ScopeSearch>(['project', 'range', 'from', 'to', 'theme'])] },
})

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/home')), 'HomePage'),
  validateSearch: (search: Search) => pickTexts(search, ['movers']),
})

export interface TracesSearch extends FilterSearch {
  peek?: string
}

const traces = createRoute({
  getParentRoute: () => root,
  path: '/traces',
  component: TracesPage,
  validateSearch: (search: Search): TracesSearch => {
    const peek = text(search, 'peek')
    return { ...filterSearch(search), ...(peek === undefined ? {} : { peek }) }
  },
})

const trace = createRoute({
  getParentRoute: () => root,
  path: '/traces/$traceId',
  component: TracePage,
  validateSearch: validTraceSearch,
})

const calls = createRoute({
  getParentRoute: () => root,
  path: '/calls',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/calls')), 'CallsPage'),
  validateSearch: (search: Search): FilterSearch => filterSearch(search),
})

const sessions = createRoute({
  getParentRoute: () => root,
  path: '/sessions',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/sessions')), 'SessionsPage'),
  validateSearch: (search: Search): FilterSearch => filterSearch(search),
})

/** The parameter that keeps the place on a page. */
const place = <Name extends string>(name: Name) => (search: Search): Partial<Record<Name, string>> => {
  const value = text(search, name)
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<Name, string>>)
}

const session = createRoute({
  getParentRoute: () => root,
  path: '/sessions/$sessionId',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/sessions')), 'SessionPage'),
  validateSearch: place('turn'),
})

const sessionCache = createRoute({
  getParentRoute: () => root,
  path: '/sessions/$sessionId/cache',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/cache')), 'CacheLensPage'),
  validateSearch: place('call'),
})

const traceCache = createRoute({
  getParentRoute: () => root,
  path: '/traces/$traceId/cache',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/cache')), 'CacheLensPage'),
  validateSearch: place('call'),
})

const compareWith = createRoute({
  getParentRoute: () => root,
  path: '/traces/$traceId/diff',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/compare')), 'TraceDiffPage'),
})

const traceDiff = createRoute({
  getParentRoute: () => root,
  path: '/traces/$traceId/diff/$otherId',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/compare')), 'TraceDiffPage'),
  validateSearch: place('step'),
})

const callDiff = createRoute({
  getParentRoute: () => root,
  path: '/calls/$traceId/$spanId/diff/$otherTrace/$otherSpan',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/compare')), 'CallDiffPage'),
})

export interface CallSearch {
  tab?: string
  zoom?: string
}

const call = createRoute({
  getParentRoute: () => root,
  path: '/calls/$traceId/$spanId',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/call')), 'CallPage'),
  validateSearch: (search: Search): CallSearch => {
    const [tab, zoom] = [text(search, 'tab'), text(search, 'zoom')]
    return { ...(tab === undefined ? {} : { tab }), ...(zoom === undefined ? {} : { zoom }) }
  },
})

const tail = createRoute({
  getParentRoute: () => root,
  path: '/tail',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/tail')), 'TailPage'),
  validateSearch: (search: Search): FilterSearch & { all?: string } => ({ ...filterSearch(search), ...(search['all'] === '1' ? { all: '1' } : {}) }),
})

const metrics = createRoute({
  getParentRoute: () => root,
  path: '/explore',
  component: lazyRouteComponent(() => whenThere(() => import('./ExplorePage')), 'ExplorePage'),
  validateSearch: (search: Search) => pickTexts(search, ['filter', 'unit', 'measures', 'by', 'interval', 'view', 'top', 'compare', 'heat', 'region']),
})

const compare = createRoute({
  getParentRoute: () => root,
  path: '/compare',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/versions')), 'ComparePage'),
  validateSearch: (search: Search) => pickTexts(search, ['filter', 'by', 'a', 'b']),
})

/** Pages of one dimension: the same address, another subject. */
const groupSearch = (search: Search) => pickTexts(search, ['filter', 'by', 'chart', 'sort', 'score', 'gb'])
const costs = createRoute({ getParentRoute: () => root, path: '/costs', component: lazyRouteComponent(() => whenThere(() => import('@/features/groups')), 'CostsPage'), validateSearch: groupSearch })
const features = createRoute({ getParentRoute: () => root, path: '/features', component: lazyRouteComponent(() => whenThere(() => import('@/features/groups')), 'FeaturesPage'), validateSearch: groupSearch })
const models = createRoute({ getParentRoute: () => root, path: '/models', component: lazyRouteComponent(() => whenThere(() => import('@/features/groups')), 'ModelsPage'), validateSearch: groupSearch })
const quality = createRoute({ getParentRoute: () => root, path: '/quality', component: lazyRouteComponent(() => whenThere(() => import('@/features/groups')), 'QualityPage'), validateSearch: groupSearch })
const releases = createRoute({ getParentRoute: () => root, path: '/releases', component: lazyRouteComponent(() => whenThere(() => import('@/features/groups')), 'ReleasesPage'), validateSearch: groupSearch })
const retrieval = createRoute({ getParentRoute: () => root, path: '/retrieval', component: lazyRouteComponent(() => whenThere(() => import('@/features/groups')), 'RetrievalPage'), validateSearch: groupSearch })
const tools = createRoute({ getParentRoute: () => root, path: '/tools', component: lazyRouteComponent(() => whenThere(() => import('@/features/groups')), 'ToolsPage'), validateSearch: groupSearch })
const users = createRoute({ getParentRoute: () => root, path: '/users', component: lazyRouteComponent(() => whenThere(() => import('@/features/groups')), 'UsersPage'), validateSearch: groupSearch })

const slowest = createRoute({
  getParentRoute: () => root,
  path: '/slowest',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/slowest')), 'SlowestPage'),
  validateSearch: (search: Search) => pickTexts(search, ['filter', 'part']),
})

const dashboards = createRoute({
  getParentRoute: () => root,
  path: '/dashboards',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/boards')), 'BoardsPage'),
})

const dashboard = createRoute({
  getParentRoute: () => root,
  path: '/dashboards/$boardId',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/boards')), 'BoardPage'),
  validateSearch: (search: Search) => pickTexts(search, ['filter', 'edit']),
})

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/settings')), 'SettingsPage'),
})

const connect = createRoute({
  getParentRoute: () => root,
  path: '/connect',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/connect')), 'ConnectPage'),
})

const ingest = createRoute({
  getParentRoute: () => root,
  path: '/ingest',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/ingest')), 'IngestPage'),
})

export const validPricesSearch = (search: Search): { find?: string; unpriced?: '1' } => {
  const find = text(search, 'find')
  return { ...(find === undefined ? {} : { find }), ...(search['unpriced'] === '1' ? { unpriced: '1' } : {}) }
}

const prices = createRoute({
  getParentRoute: () => root,
  path: '/prices',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/prices')), 'PricesPage'),
  validateSearch: validPricesSearch,
})

const sql = createRoute({
  getParentRoute: () => root,
  path: '/sql',
  component: lazyRouteComponent(() => whenThere(() => import('@/features/sql')), 'SqlPage'),
  validateSearch: (search: Search): { query?: string } => {
    const query = text(search, 'query')
    return query === undefined ? {} : { query }
  },
})

/** Plain strings both ways: what stands in the address bar is what was meant, without JSON quotes. */
function parseSearch(query: string): Search {
  return Object.fromEntries(new URLSearchParams(query))
}

function stringifySearch(search: Search): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) if (value !== undefined && value !== null && value !== '') query.set(key, String(value))
  const out = query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',')
  return out === '' ? '' : `?${out}`
}

export const router = createRouter({
  routeTree: root.addChildren([
    index, traces, trace, traceCache, compareWith, traceDiff, sessions, session, sessionCache, calls, call, callDiff, tail,
    metrics, slowest, compare, costs, features, models, quality, releases, retrieval, tools, users, dashboards, dashboard, settings, connect, ingest, prices, sql,
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: false,
  // The code of a page may be slow to come.
  defaultPendingComponent: Coming,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

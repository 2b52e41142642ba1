// The pages that exist, in the order of the rail.
import type { IconName } from '@/widgets/icons'

export interface PageEntry {
  to: '/' | '/traces' | '/sessions' | '/calls' | '/tail' | '/explore' | '/slowest' | '/costs' | '/quality' | '/compare' | '/dashboards' | '/settings' | '/models' | '/users' | '/features' | '/releases' | '/tools' | '/retrieval' | '/sql' | '/connect' | '/ingest' | '/prices'
  label: string
  icon: IconName
  /** The letter after `g`. */
  key: string
  /** Further words that the palette finds it by. */
  words?: string
}

export const SECTIONS: readonly { title: string; pages: readonly PageEntry[] }[] = [
  {
    title: '',
    pages: [
      { to: '/', label: 'Home', icon: 'home', key: 'h', words: 'what changed overview' },
      { to: '/traces', label: 'Traces', icon: 'traces', key: 't' },
      { to: '/sessions', label: 'Sessions', icon: 'sessions', key: 's' },
      { to: '/calls', label: 'Calls', icon: 'calls', key: 'c' },
      { to: '/tail', label: 'Live tail', icon: 'tail', key: 'l' },
    ],
  },
  {
    title: 'Understand',
    pages: [
      { to: '/explore', label: 'Metrics', icon: 'metrics', key: 'm', words: 'explorer heatmap difference charts' },
      { to: '/slowest', label: 'Slowest', icon: 'clock', key: 'w', words: 'tail latency critical path where time goes stages p99' },
      { to: '/dashboards', label: 'Dashboards', icon: 'boards', key: 'b', words: 'boards panels grid' },
      { to: '/costs', label: 'Costs', icon: 'costs', key: '$', words: 'spend money' },
      { to: '/quality', label: 'Quality', icon: 'quality', key: 'y', words: 'scores feedback' },
      { to: '/compare', label: 'Compare', icon: 'compare', key: 'x', words: 'versions side by side' },
      { to: '/sql', label: 'SQL', icon: 'sql', key: 'q', words: 'query console' },
    ],
  },
  {
    title: 'By',
    pages: [
      { to: '/models', label: 'Models', icon: 'llm', key: 'o', words: 'providers routing latency' },
      { to: '/features', label: 'Features', icon: 'features', key: 'f', words: 'unit economics' },
      { to: '/users', label: 'Users', icon: 'users', key: 'u' },
      { to: '/releases', label: 'Releases', icon: 'release', key: 'r', words: 'prompts versions' },
      { to: '/tools', label: 'Tools', icon: 'tool', key: 'k', words: 'functions arguments' },
      { to: '/retrieval', label: 'Retrieval', icon: 'retrieval', key: 'v', words: 'rag documents search' },
    ],
  },
  {
    title: 'Operate',
    pages: [
      { to: '/connect', label: 'Connect', icon: 'connect', key: 'i' },
      { to: '/ingest', label: 'Ingest', icon: 'ingest', key: 'd' },
      { to: '/prices', label: 'Prices', icon: 'prices', key: 'p' },
      { to: '/settings', label: 'Settings', icon: 'settings', key: 'e', words: 'project time zone links apm' },
    ],
  },
]

export const PAGES: readonly PageEntry[] = SECTIONS.flatMap((section) => section.pages)

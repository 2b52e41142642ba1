// The pages that exist, in the order of the rail.
import type { IconName } from '@/widgets/icons'

export interface PageEntry {
  to: '/traces' | '/sessions' | '/calls' | '/tail' | '/sql' | '/connect' | '/ingest' | '/prices'
  label: string
  icon: IconName
  /** The letter after `g`. */
  key: string
}

export const SECTIONS: readonly { title: string; pages: readonly PageEntry[] }[] = [
  {
    title: '',
    pages: [
      { to: '/traces', label: 'Traces', icon: 'traces', key: 't' },
      { to: '/sessions', label: 'Sessions', icon: 'sessions', key: 's' },
      { to: '/calls', label: 'Calls', icon: 'calls', key: 'c' },
      { to: '/tail', label: 'Live tail', icon: 'tail', key: 'l' },
    ],
  },
  { title: 'Understand', pages: [{ to: '/sql', label: 'SQL', icon: 'sql', key: 'q' }] },
  {
    title: 'Operate',
    pages: [
      { to: '/connect', label: 'Connect', icon: 'connect', key: 'i' },
      { to: '/ingest', label: 'Ingest', icon: 'ingest', key: 'd' },
      { to: '/prices', label: 'Prices', icon: 'prices', key: 'p' },
    ],
  },
]

export const PAGES: readonly PageEntry[] = SECTIONS.flatMap((section) => section.pages)

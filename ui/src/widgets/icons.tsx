// The icon set: one 16 px outline path per name, drawn with currentColor. Kinds of spans have an icon each, so that
// colour never carries a meaning alone.
import type { ReactNode } from 'react'

const PATHS = {
  home: 'M2.500 7.200 8 2.500l5.500 4.700v6.300h-4v-4h-3v4h-4z',
  metrics: 'M2 13.500h12M3.500 11l3-4 3 2.500 3.500-6',
  costs: 'M8 1.800v12.400M11.200 4.800C10.500 3.800 9.400 3.400 8 3.400c-1.800 0-3.100.9-3.100 2.300 0 3.200 6.300 1.400 6.300 4.700 0 1.500-1.400 2.300-3.200 2.300-1.500 0-2.700-.5-3.400-1.600',
  users: 'M6 8.200a2.600 2.600 0 1 1 0-5.200 2.600 2.600 0 0 1 0 5.200zM1.800 13.500c.2-2.500 1.900-3.600 4.200-3.600s4 1.100 4.200 3.600M10.800 3.300a2.400 2.400 0 0 1 0 4.600M12 10.200c1.400.4 2.100 1.500 2.200 3.300',
  features: 'M2.500 2.500h4.700v4.700H2.500zM8.800 2.500h4.700v4.700H8.800zM2.500 8.800h4.700v4.700H2.500zM8.800 8.800h4.700v4.700H8.800z',
  release: 'M3.500 14V2.500h8.800l-1.600 3 1.600 3H3.500',
  compare: 'M5.500 2.500v11M10.500 2.500v11M2.500 5h3M10.500 8h3M2.500 9.500h3M10.500 4.500h3',
  quality: 'M8 1.900l1.900 3.900 4.200.6-3 3 .7 4.200L8 11.600l-3.800 2 .7-4.200-3-3 4.200-.6z',
  boards: 'M2.500 2.500h11v4h-11zM2.500 8.500h4.500v5H2.500zM9 8.500h4.500v5H9z',
  settings: 'M2.500 4.500h6M12 4.500h1.500M8.500 2.800h3.400v3.400H8.500zM2.500 11.500H4M7.500 11.500h6M4 9.800h3.400v3.400H4z',
  table: 'M2.500 3h11v10h-11zM2.500 6.300h11M2.500 9.600h11M6.500 3v10',
  grip: 'M6 3.500h.01M10 3.500h.01M6 8h.01M10 8h.01M6 12.500h.01M10 12.500h.01',
  edit: 'M3 13l.6-2.800 7.300-7.300 2.200 2.200-7.300 7.300zM9.500 4.300l2.200 2.200',
  plus: 'M8 3v10M3 8h10',
  save: 'M3 2.500h8l2 2v9H3zM5.500 2.500v3.500h5V2.500M5.500 13.500V9.500h5v4',
  traces: 'M2 4h7M4.5 8h8M7 12h7',
  calls: 'M2.500 3h11v7.500H8L4.800 13.300v-2.800H2.500zM5.300 5.800h5.400M5.300 7.900h3.400',
  sessions: 'M2.500 2.500h8v5.500H5.800L3.500 10v-2h-1zM7 10.300h3.200L12.500 12.300v-2h1V5.500h-1',
  graph: 'M3 3h3v3H3zM10 3h3v3h-3zM6.500 10.500h3v3h-3zM4.500 6v2.200h7V6M8 8.200v2.300',
  tail: 'M8 8h.01M5.200 5.200a4 4 0 0 0 0 5.600M10.800 5.200a4 4 0 0 1 0 5.600M3.200 3.200a6.800 6.800 0 0 0 0 9.600M12.800 3.200a6.800 6.800 0 0 1 0 9.600',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  connect: 'M6 1.8v3.7M10 1.8v3.7M3.8 5.500h8.400v2.200a4.200 4.200 0 0 1-8.400 0zM8 12v2.200',
  ingest: 'M8 2v7.500M4.800 6.500 8 9.700l3.200-3.200M2.500 11v2.500h11V11',
  prices: 'M8.300 2H14v5.700L7.700 14 2 8.300zM11.200 4.800h.01',
  sql: 'M2.500 3h11v10h-11zM5 6l2 2-2 2M8.500 10.200H11',
  search: 'M7 2.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM10.400 10.400 14 14',
  clock: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5v3.200l2.200 1.400',
  theme: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 2v12M10.500 3v10',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  right: 'M6 4l4 4-4 4',
  left: 'M10 4 6 8l4 4',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.500 6.500 12 13 4.500',
  error: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.900 5.900l4.200 4.200M10.100 5.900l-4.200 4.200',
  warning: 'M8 2.200 14.400 13.300H1.600zM8 6.500v3.300M8 11.600h.01',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.300V2.500h-8v8h2.800',
  link: 'M6.600 9.400l2.800-2.800M7.200 4.600 8.800 3a3 3 0 0 1 4.200 4.200L11.400 8.800M8.800 11.400 7.200 13A3 3 0 0 1 3 8.800l1.600-1.600',
  download: 'M8 2.500v8M4.800 7.500 8 10.700l3.200-3.200M3 13.500h10',
  refresh: 'M13 8a5 5 0 1 1-1.600-3.700M13 2.500v3h-3',
  external: 'M9 3h4v4M13 3 7.500 8.500M11 9.500V13H3V5h3.500',
  play: 'M5 3.200v9.600L12.500 8z',
  stop: 'M4 4h8v8H4z',
  circle: 'M8 3.200a4.800 4.800 0 1 1 0 9.600 4.800 4.800 0 0 1 0-9.600z',
  llm: 'M8 1.800 9.700 6.300 14.200 8 9.700 9.700 8 14.200 6.300 9.700 1.800 8l4.500-1.700z',
  tool: 'M13.600 4.700 11.300 7 9 4.700l2.300-2.300A3.700 3.700 0 0 0 6.600 7.200L2.200 11.600l2.200 2.200L8.800 9.400a3.700 3.700 0 0 0 4.800-4.700z',
  retrieval: 'M5 4.500V2h8.500v9H11M2.500 4.500H11V14H2.500zM5 7.700h3.500M5 10.500h3.500',
  rerank: 'M2.500 3.500h4M2.500 7h5.500M2.500 10.500h3M11.500 3v10M9 10.500l2.500 2.500 2.500-2.500',
  embedding: 'M3.500 3.500h.01M8 3.500h.01M12.500 3.500h.01M3.500 8h.01M8 8h.01M12.500 8h.01M3.500 12.500h.01M8 12.500h.01M12.500 12.500h.01',
  agent: 'M8 1.800 14.200 8 8 14.200 1.800 8zM8 6.400a1.600 1.600 0 1 1 0 3.200 1.600 1.600 0 0 1 0-3.200z',
  workflow: 'M2 6h3.500v4H2zM10.500 2.500H14v4h-3.500zM10.500 9.500H14v4h-3.500zM5.500 8H8M10.500 4.500H8v7h2.500',
  guardrail: 'M8 1.800 13 3.700v4.100c0 3-2 5.200-5 6.400-3-1.200-5-3.400-5-6.400V3.700z',
  evaluator: 'M8 2.200v11.600M5 13.800h6M2.800 4.800h10.400M2.800 4.800 1.300 9.300h3zM13.200 4.800l-1.500 4.500h3z',
  prompt: 'M3.500 2h6l3 3v9h-9zM9.300 2v3.200h3.200M6 8.200h4M6 11h4',
  http: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM2 8h12M8 2c-3 3.500-3 8.500 0 12M8 2c3 3.500 3 8.500 0 12',
  db: 'M13 4c0 1.100-2.200 2-5 2s-5-.9-5-2 2.200-2 5-2 5 .9 5 2zM3 4v8c0 1.100 2.200 2 5 2s5-.9 5-2V4M3 8c0 1.100 2.200 2 5 2s5-.9 5-2',
  other: 'M8 4.500a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7z',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, size = 16, weight = 1.4 }: { name: IconName; size?: number; weight?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeLinecap="round"
      strokeLinejoin="round" strokeWidth={name === 'embedding' || name === 'grip' ? 2.4 : weight} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}

export function Logo(): ReactNode {
  return (
    <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true" fill="none">
      <path d="M2.500 2.500h8.500l4.500 4.500v8.500h-13z" stroke="var(--text)" strokeWidth="1.500" strokeLinejoin="round" />
      <path d="M5 12.800 12.800 5" stroke="var(--accent)" strokeWidth="1.800" strokeLinecap="round" />
      <path d="M8.300 13.500 13.300 8.500" stroke="var(--accent)" strokeWidth="1.800" strokeLinecap="round" opacity=".45" />
    </svg>
  )
}

const isIcon = (name: string): name is IconName => name in PATHS

/** The coloured square of a span's kind. */
export function KindIcon({ kind, size = 18 }: { kind: string; size?: number }): ReactNode {
  const known = isIcon(kind) ? kind : 'other'
  return (
    <span className="kind" style={{ '--k': `var(--k-${known})`, width: size, height: size } as React.CSSProperties} role="img" aria-label={kind} title={kind}>
      <Icon name={known} size={size - 6} weight={1.6} />
    </span>
  )
}

// Who moved a measure: every dimension's groups by their part of the change. Releases are left out: one takes the other's
// place, so their parts are the whole traffic; they have a list of their own.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery } from '@/api/metrics'
import { useScope } from '@/api/scope'
import type { Window } from '@/api/useWindow'
import { groupTerm } from '@/base/filter'
import { direction, formatRatio, formatValue, type Mood } from '@/base/measure'
import { clamp } from '@/base/values'
import { useKeys } from '@/widgets/keys'
import { Change, Contribution } from '@/widgets/metric'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { MOVER_CALLS_MIN, TABS, moverMeasures, moversOf, readOf, type Mover, type Tab } from '../lib/movers'

const NAMES: Readonly<Record<Tab, string>> = { cost: 'Cost', ttft: 'TTFT', errors: 'Errors', quality: 'Quality' }
const MEASURE: Readonly<Record<Tab, string>> = { cost: 'sum(cost_usd)', ttft: 'avg(ttft)', errors: 'error_count', quality: 'avg(score.x)' }
const COUNTED: Readonly<Record<Tab, string>> = { cost: 'ranked by share of the change', ttft: 'share of the change of the mean', errors: 'ranked by share of the change', quality: 'share of the change of the mean' }

export function Movers({ window, score }: { window: Window; score: string | null }): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as { movers?: string }
  const tab = TABS.find((name) => name === search.movers) ?? 'cost'
  const measures = useMemo(() => moverMeasures(tab === 'quality' ? score : null), [tab, score])
  // Sums by user hold no times to the first token: they would be read call by call.
  const ofUsers = useMemo(() => (tab === 'ttft' ? measures : measures.filter((name) => !name.includes('(ttft)'))), [tab, measures])
  const common = { ...window, measures, compare: 'previous' as const, top: 50 }
  const features = useQuery(metricsQuery(project, { ...common, group_by: ['feature'] }))
  const models = useQuery(metricsQuery(project, { ...common, group_by: ['model'] }))
  const prompts = useQuery(metricsQuery(project, { ...common, group_by: ['prompt'] }))
  const users = useQuery(metricsQuery(project, { ...common, measures: ofUsers, group_by: ['user'] }))
  const services = useQuery(metricsQuery(project, { ...common, group_by: ['service'] }))
  const movers = useMemo(() => moversOf([features.data, models.data, prompts.data, users.data, services.data].filter((item) => item !== undefined), tab).filter((mover) => mover.value !== ''), [features.data, models.data, prompts.data, users.data, services.data, tab])
  const [selected, setSelected] = useState(0)
  useEffect(() => setSelected(0), [tab])
  const current = movers[Math.min(selected, movers.length - 1)]
  const setTab = (next: Tab): void => void navigate({ to: '.', search: (old) => ({ ...old, movers: next === 'cost' ? undefined : next }) as never, replace: true })
  const open = (mover: Mover): void => void navigate({ to: '/calls', search: { filter: `${groupTerm(mover.dimension, mover.value)}${tab === 'errors' ? ' status:error' : ''}` } as never })
  const move = (step: number): void => setSelected(clamp(selected + step, 0, Math.max(0, movers.length - 1)))
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1), m: () => setTab(TABS[(TABS.indexOf(tab) + 1) % TABS.length] ?? 'cost'),
    Enter: () => current && open(current),
    x: () => void navigate({ to: '/compare', search: { by: 'release', ...(current ? { filter: groupTerm(current.dimension, current.value) } : {}) } as never }),
  })
  const all = [features, models, prompts, users, services]
  const error = all.find((one) => one.error !== null)?.error ?? null
  // What stands in while another tab's question is asked knows no score.
  const waiting = all.some((one) => one.data === undefined || (tab === 'quality' && one.isPlaceholderData))
  return (
    <section className="panel" aria-label="Top movers">
      <header className="chartheader">
        <h2>Top movers</h2><span className="t3 small">{COUNTED[tab]}, groups of {MOVER_CALLS_MIN} calls or more</span>
        <span className="seg push" role="group" aria-label="Measure">{TABS.map((name) => <button key={name} type="button" aria-pressed={tab === name} onClick={() => setTab(name)}>{NAMES[name]}</button>)}</span>
      </header>
      {error ? <ProblemBox what="The movers could not be read" problem={asProblem(error)} onRetry={() => { for (const one of all) if (one.error !== null) void one.refetch() }} />
        : waiting ? <SkeletonRows count={5} />
          : movers.length === 0 ? <p className="panelnote">{tab === 'quality' && score === null ? 'No scores have come yet. They are sent to POST /api/v1/scores.' : 'No group of that size moved it in this time.'}</p>
            : <MoverTable movers={movers} tab={tab} names={measures} selected={Math.min(selected, movers.length - 1)} onSelect={setSelected} onOpen={open} />}
    </section>
  )
}

function moodOfShare(mover: Mover, tab: Tab): Mood {
  if (mover.thin || Math.abs(mover.share) < 0.1 || mover.now === null || mover.before === null) return 'neutral'
  const up = mover.now > mover.before
  return up === (direction(MEASURE[tab]) === 'up_good') ? 'better' : 'worse'
}

function MoverTable({ movers, tab, names, selected, onSelect, onOpen }: { movers: readonly Mover[]; tab: Tab; names: readonly string[]; selected: number; onSelect: (index: number) => void; onOpen: (mover: Mover) => void }): ReactNode {
  const { unit } = readOf(tab, names)
  return (
    <Wide label="Top movers"><table className="rows">
      <thead><tr><th>Dimension</th><th>Value</th><th className="n">Before</th><th className="n">Now</th><th className="n">Change</th><th>Share of change</th><th>What moved with it</th></tr></thead>
      <tbody>{movers.map((mover, index) => (
        <tr key={`${mover.dimension} ${mover.value}`} aria-selected={index === selected} data-row onClick={() => (index === selected ? onOpen(mover) : onSelect(index))}>
          <td className="t3">{mover.dimension}</td>
          <td className="strong"><button type="button" className="celllink clip" onClick={(event) => { event.stopPropagation(); onOpen(mover) }}>{mover.value}</button></td>
          <td className="n t2">{mover.fresh ? '—' : formatValue(unit, mover.before)}</td><td className="n">{formatValue(unit, mover.now)}</td>
          <td className="n">{mover.fresh ? <span className="t2">new</span> : <Change plain measure={MEASURE[tab]} unit={unit} now={mover.now} before={mover.before} mood={moodOfShare(mover, tab)} />}</td>
          <td><span className="row"><Contribution share={mover.share} mood={moodOfShare(mover, tab)} /><span className="t3 num small">{mover.share < 0 ? '−' : ''}{formatRatio(Math.abs(Math.round(mover.share * 100) / 100))}</span></span></td>
          <td className="t2 nowrap">{mover.also}</td>
        </tr>
      ))}</tbody>
    </table></Wide>
  )
}

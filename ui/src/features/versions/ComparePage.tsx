// Any two values of a dimension side by side: verdicts with intervals and n, distributions, the prompts' texts.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery, scoreNamesQuery, type MetricsAnswer } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { useFilterVerdict, useReadFilter } from '@/api/useReadFilter'
import { useWindow, type Window } from '@/api/useWindow'
import { groupTerm, joinTerms } from '@/base/filter'
import { cutText } from '@/base/ids'
import { formatChange, formatValue, measureTitle, numberOf } from '@/base/measure'
import type { Histogram } from '@/base/stats'
import { formatCount } from '@/base/tokens'
import { clamp } from '@/base/values'
import { Distribution, Interval } from '@/widgets/chart/Compare'
import { FilterBar } from '@/widgets/filterbar'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { SaySkeleton, TableSkeleton } from '@/widgets/skeletons'
import { Empty, ProblemBox } from '@/widgets/states'
import { Unread } from '@/widgets/unread'
import { useFilter } from '@/widgets/useFilter'
import { Wide } from '@/widgets/wide'
import { PromptDiff } from './components/PromptDiff'
import { sidesOf } from './lib/sides'
import { linesOf, sentence, type Line, type Side, type Verdict } from './lib/verdicts'
import './versions.css'

const HINTS: readonly Hint[] = [['J K', 'measure'], ['↵', 'its calls'], ['x', 'swap'], ['/', 'filter'], ['y', 'copy link'], ['?', 'all keys']]
const DIMENSIONS = [['release', 'Release'], ['prompt_version', 'Prompt version'], ['prompt', 'Prompt'], ['request_model', 'Model asked for'], ['model', 'Model that answered'], ['provider', 'Provider'], ['feature', 'Feature'], ['environment', 'Environment'], ['user', 'User'], ['service', 'Service']] as const
const CHOICES_MAX = 50

interface CompareSearch { by?: string; a?: string; b?: string }

export function ComparePage(): ReactNode {
  const { project, range, setRange } = useScope()
  const window = useWindow()
  const handle = useFilter()
  const read = useReadFilter('calls')
  const verdict = useFilterVerdict('calls', handle.filter)
  const search = useSearch({ strict: false }) as CompareSearch
  const navigate = useNavigate()
  const by = search.by ?? 'release'
  const choices = useQuery({ ...metricsQuery(project, { ...window, filter: handle.filter, measures: ['count'], group_by: [by], interval: 'auto', top: CHOICES_MAX }), enabled: window !== null })
  const names = (choices.data?.groups ?? []).filter((group) => !group.is_other).map((group) => ({ name: group.key[0] ?? '', count: numberOf(group.values[0]) ?? 0, began: (group.series?.[0] ?? []).findIndex((count) => (numberOf(count) ?? 0) > 0) }))
  const { a, b } = sidesOf(by, names, search)
  const set = (part: CompareSearch): void => void navigate({ to: '.', search: (old) => ({ ...old, ...part }) as never, replace: true })
  useFace({ title: 'Compare', hints: HINTS, ranged: true }, 'compare')
  useKeys({ x: () => a !== undefined && b !== undefined && set({ a: b, b: a }) })
  const pick = (side: 'a' | 'b', value: string | undefined): ReactNode => (
    <label className={`sidepick ${side}`}><span className="letter">{side.toUpperCase()}</span>
      <select className="chooser" aria-label={`Side ${side.toUpperCase()}`} value={value ?? ''} disabled={value === undefined} onChange={(event) => set({ ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }), [side]: event.target.value })}>
        {value === undefined && <option value="">reading …</option>}
        {value !== undefined && !names.some((item) => item.name === value) && <option value={value}>{value || '(none)'}</option>}
        {names.map((item) => <option key={item.name} value={item.name}>{item.name || '(none)'} · {formatCount(item.count)} calls</option>)}
      </select></label>
  )
  return (
    <div className="insight compare">
      <div className="insighthead sideshead">
        <h1>Compare</h1>
        <select className="chooser" aria-label="Dimension" value={by} onChange={(event) => set({ by: event.target.value, a: undefined, b: undefined } as never)}>
          {!DIMENSIONS.some(([name]) => name === by) && <option value={by}>{by}</option>}
          {DIMENSIONS.map(([name, title]) => <option key={name} value={name}>{title}</option>)}
        </select>
        {(choices.isPending || (a !== undefined && b !== undefined)) && (
          <>
            {pick('a', a)}<span className="t3">with</span>{pick('b', b)}
            <button type="button" className="btn quiet" disabled={a === undefined || b === undefined} onClick={() => a !== undefined && b !== undefined && set({ a: b, b: a })}>Swap <kbd>x</kbd></button>
          </>
        )}
      </div>
      <FilterBar read={read} filter={handle.filter} onChange={handle.setFilter} placeholder="Only calls that match, on both sides: feature:…  environment:production" />
      {verdict === 'wrong' ? <Unread onClear={() => handle.setFilter('')} /> : choices.isError && verdict === 'right' ? <ProblemBox what="The sides could not be read" problem={asProblem(choices.error)} onRetry={() => void choices.refetch()} />
        : window === null || !choices.data ? <Waiting />
          : a === undefined || b === undefined ? <Empty title={names.length === 0 ? 'Nothing to compare in this time' : `Only one ${by.replace('_', ' ')} in this time`}><p>A comparison takes two values that have calls. A longer time, or another dimension, may have them.</p>{range.range !== 'all' && <button type="button" className="btn" onClick={() => setRange({ range: 'all' })}>Look at all time</button>}</Empty>
            : <Sides key={`${by} ${a} ${b}`} window={window} by={by} a={a} b={b} filter={handle.filter} />}
    </div>
  )
}

const measuresFor = (score: string | null): string[] => [
  'count', 'error_count', 'refusal_rate', 'cache_hit_rate', 'avg(cost_usd)', 'avg(output_tokens)', 'avg(input_tokens)', 'p95(ttft)', 'p95(duration)', 'histogram(cost_usd)', 'histogram(ttft)', 'histogram(duration)', 'histogram(output_tokens)', 'histogram(input_tokens)',
  ...(score === null ? [] : [`avg(score.${score})`, `histogram(score.${score})`]),
]

function sideOf(answer: MetricsAnswer): Side {
  const number = (name: string): number | null => numberOf(answer.totals.values[answer.measures.findIndex((item) => item.name.startsWith(name))])
  const histogram = (name: string): Histogram => {
    const value = answer.totals.values[answer.measures.findIndex((item) => item.name.startsWith(`histogram(${name}`))]
    return Array.isArray(value) ? value.map(([lower, upper, count]) => [Number(lower), Number(upper), Number(count)] as const) : []
  }
  const [count, refused] = [number('count'), number('refusal_rate')]
  return {
    count, errors: number('error_count'), refusals: count === null || refused === null ? null : Math.round(refused * count), cacheHit: number('cache_hit_rate'), cost: number('avg(cost_usd)'), outputTokens: number('avg(output_tokens)'), inputTokens: number('avg(input_tokens)'), score: number('avg(score.'),
    histograms: { cost_usd: histogram('cost_usd'), ttft: histogram('ttft'), duration: histogram('duration'), output_tokens: histogram('output_tokens'), input_tokens: histogram('input_tokens'), score: histogram('score.') },
  }
}

function Sides({ window, by, a, b, filter }: { window: Window; by: string; a: string; b: string; filter: string }): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const scores = useQuery(scoreNamesQuery(project))
  const score = scores.data?.[0] ?? null
  const measures = useMemo(() => measuresFor(score), [score])
  const of = (value: string): string => joinTerms([filter, groupTerm(by, value)])
  const left = useQuery({ ...metricsQuery(project, { ...window, filter: of(a), measures }), enabled: !scores.isPending })
  const right = useQuery({ ...metricsQuery(project, { ...window, filter: of(b), measures }), enabled: !scores.isPending })
  const lines = useMemo(() => {
    if (!left.data || !right.data) return null
    const [x, y] = [left.data, right.data]
    const pair = (name: string): readonly [number | null, number | null] => { const index = x.measures.findIndex((item) => item.name === name); return [numberOf(x.totals.values[index]), numberOf(y.totals.values[index])] }
    return linesOf(sideOf(x), sideOf(y), { ttft: pair('p95(ttft)'), duration: pair('p95(duration)') }, score)
  }, [left.data, right.data, score])
  const [selected, setSelected] = useState(0)
  const move = (step: number): void => setSelected((old) => clamp(old + step, 0, Math.max(0, (lines?.length ?? 1) - 1)))
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1),
    Enter: () => void navigate({ to: '/calls', search: { filter: of(b) } as never }),
  })
  const error = left.error ?? right.error
  if (error) return <ProblemBox what="The sides could not be measured" problem={asProblem(error)} onRetry={() => { void left.refetch(); void right.refetch() }} />
  if (!lines || !left.data || !right.data) return <Waiting />
  const [sideA, sideB] = [sideOf(left.data), sideOf(right.data)]
  const nameA = a || `no ${by}`
  const nameB = b || `no ${by}`
  return (
    <>
      <p className="say">{sentence(cutText(nameB, 60), lines)}</p>
      <div className="comparecols">
        <section className="panel" aria-label="Measures">
          <header className="chartheader"><h2>Measures</h2><span className="t3 small">difference B − A with its 95% interval; verdicts hold together at 5% (Holm)</span></header>
          <Wide label="Measures"><table className="rows">
            <thead><tr><th>Measure</th><SideHead letter="A" name={nameA} /><SideHead letter="B" name={nameB} /><th className="n">B − A</th><th>lower · 0 · higher</th><th>Verdict</th><th className="n">n A / B</th></tr></thead>
            <tbody>{lines.map((line, index) => <LineRow key={line.name} line={line} selected={index === selected} onSelect={() => setSelected(index)} />)}</tbody>
          </table></Wide>
          <footer className="tablefoot small t3"><button type="button" className="btn quiet tiny" onClick={() => void navigate({ to: '/calls', search: { filter: of(a) } as never })}>Calls of A</button><button type="button" className="btn quiet tiny" onClick={() => void navigate({ to: '/calls', search: { filter: of(b) } as never })}>Calls of B</button></footer>
        </section>
        <section className="panel" aria-label="Distributions">
          <header><h2>Distributions</h2><span className="legend push"><span><i className="dot" style={{ background: 'var(--a-side)' }} /><span className="clip">{nameA}</span></span><span><i className="dot" style={{ background: 'var(--b-side)' }} /><span className="clip">{nameB}</span></span></span></header>
          <div className="distributions">
            {([['Cost per call', 'cost_usd', 'usd'], ['Time to first token', 'ttft', 'ns'], ['Duration', 'duration', 'ns'], ['Prompt length, input tokens', 'input_tokens', 'tokens'], ['Output tokens', 'output_tokens', 'tokens'], ...(score === null ? [] : [[measureTitle(`avg(score.${score})`), 'score', 'score'] as const])] as const).map(([name, key, unit]) => (
              <figure key={key}><figcaption className="row small"><span className="strong">{name}</span></figcaption><Distribution a={sideA.histograms[key] ?? []} b={sideB.histograms[key] ?? []} unit={unit} label={`${name} of ${nameA} and ${nameB}`} /></figure>
            ))}
          </div>
        </section>
      </div>
      <PromptDiff filterA={of(a)} filterB={of(b)} nameA={nameA} nameB={nameB} window={window} />
    </>
  )
}

function Waiting(): ReactNode {
  return <><SaySkeleton lines={1} /><div className="comparecols"><TableSkeleton count={9} /><TableSkeleton count={9} /></div></>
}

function SideHead({ letter, name }: { letter: string; name: string }): ReactNode {
  return <th className="n" title={name}><span className="clip sidename">{letter} {name}</span></th>
}

const LOOK: Readonly<Record<Verdict, string>> = { 'better': 'badge better', 'worse': 'badge warn', 'different': 'badge', 'not significant': 'badge', 'cannot tell yet': 'badge', 'not tested': 'badge' }

function LineRow({ line, selected, onSelect }: { line: Line; selected: boolean; onSelect: () => void }): ReactNode {
  const { difference } = line
  const scale = difference ? Math.max(Math.abs(difference.low), Math.abs(difference.high), Math.abs(line.a ?? 0) * (line.unit === 'score' ? 0.05 : 0.25)) : 0
  const mood = line.verdict === 'better' || line.verdict === 'worse' ? line.verdict : 'neutral'
  return (
    <tr data-row aria-selected={selected} onClick={onSelect}>
      <td className="strong nowrap">{line.name}</td><td className="n t2">{formatValue(line.unit, line.a)}</td><td className="n">{formatValue(line.unit, line.b)}</td>
      <td className={mood === 'worse' ? 'n strong warn' : mood === 'better' ? 'n strong better' : 'n t2'}>{formatChange(line.unit, line.b, line.a) ?? '—'}</td>
      <td>{difference ? <><Interval {...difference} scale={scale} mood={mood} /><span className="hidden">{formatValue(line.unit, difference.low)} to {formatValue(line.unit, difference.high)}</span></> : <span className="t3">—</span>}</td>
      <td><span className={LOOK[line.verdict]} {...(line.verdict === 'not tested' ? { title: 'A rate of tokens, not of calls: calls are not its observations.' } : {})}>{line.verdict === 'worse' && <Icon name="warning" size={11} />}{line.verdict}</span></td><td className="n t3 nowrap">{line.n}</td>
    </tr>
  )
}

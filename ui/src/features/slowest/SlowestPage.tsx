// Where the slowest traces spend their time: stages and span names of their critical paths, beside the middle.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { filterParams } from '@/api/filter'
import { useScope } from '@/api/scope'
import { slowestQuery, type SlowestAnswer } from '@/api/slowest'
import { useFilterVerdict, useReadFilter } from '@/api/useReadFilter'
import { joinTerms } from '@/base/filter'
import { describeRange } from '@/base/range'
import { FilterBar } from '@/widgets/filterbar'
import { useFace, type Hint } from '@/widgets/hints'
import { SaySkeleton, TableSkeleton } from '@/widgets/skeletons'
import { Empty, ProblemBox } from '@/widgets/states'
import { Unread } from '@/widgets/unread'
import { useFilter } from '@/widgets/useFilter'
import { Names } from './components/Names'
import { Stages } from './components/Stages'
import { coverage, sentence } from './lib/words'
import './slowest.css'

const HINTS: readonly Hint[] = [['J K', 'move'], ['↵', 'its traces'], ['o', 'the longest'], ['p', 'another part'], ['/', 'filter'], ['e', 'CSV'], ['?', 'all keys']]
/** Parts of a thousand. */
const PARTS = [[1, '0.1%'], [10, '1%'], [50, '5%'], [100, '10%']] as const

export function SlowestPage(): ReactNode {
  const scope = useScope()
  const handle = useFilter()
  const read = useReadFilter('traces')
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as { part?: string }
  const part = PARTS.find(([value]) => String(value) === search.part)?.[0] ?? 10
  const params = useMemo(() => ({ ...scope.bounds, ...filterParams(handle.filter) }), [scope.bounds, handle.filter])
  const verdict = useFilterVerdict('traces', handle.filter)
  const { data, error, refetch } = useQuery(slowestQuery(scope.project, params, part))
  const setPart = (next: number): void => void navigate({ to: '.', search: (old) => ({ ...old, part: next === 10 ? undefined : String(next) }) as never, replace: true })
  useFace({ title: 'Slowest', hints: HINTS, ranged: true }, 'slowest')
  return (
    <div className="insight">
      <div className="insighthead"><h1>Slowest</h1><span className="t3">What the slowest traces spend their time on, and what of it is unusual.</span>
        <span className="seg push" role="group" aria-label="Part">{PARTS.map(([value, name]) => <button key={value} type="button" aria-pressed={part === value} onClick={() => setPart(value)}>{name}</button>)}</span></div>
      <FilterBar read={read} filter={handle.filter} onChange={handle.setFilter} placeholder="feature:…  release:…  duration>5s  environment:production" />
      {verdict === 'wrong' ? <Unread onClear={() => handle.setFilter('')} /> : error && verdict === 'right' ? <ProblemBox what="The slowest traces could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <><SaySkeleton lines={2} /><TableSkeleton count={9} /><TableSkeleton count={9} /></>
        : data.trace_count === 0 ? <Nothing filtered={handle.filter !== ''} onClear={() => handle.setFilter('')} />
          : <Found answer={data} filter={handle.filter} onPart={() => setPart(PARTS[(PARTS.findIndex(([value]) => value === part) + 1) % PARTS.length]?.[0] ?? 10)} />}
    </div>
  )
}

function Found({ answer, filter, onPart }: { answer: SlowestAnswer; filter: string; onPart: () => void }): ReactNode {
  // The bound keeps its last digit: the fastest of the slowest is among them.
  const door = joinTerms([filter, `duration>=${answer.least_duration_ns ?? 0}ns`])
  return (
    <>
      <p className="say" data-summary>{sentence(answer)}</p>
      <Stages answer={answer} door={door} />
      <Names answer={answer} door={door} onPart={onPart} />
      <p className="small t3">Times are of critical paths: going back from a trace's end, the child that ended last, then the one that ended last before that one began. Of the slowest, {coverage(answer)}; answered in {Math.round(answer.elapsed_ms)} ms.</p>
    </>
  )
}

function Nothing({ filtered, onClear }: { filtered: boolean; onClear: () => void }): ReactNode {
  const scope = useScope()
  return (
    <Empty title={filtered ? 'No trace matches this filter' : 'No traces in this time'}>
      <p>{describeRange(scope.range, Date.now())}, project {scope.project}.</p>
      <div className="row wrap">
        {filtered && <button type="button" className="btn primary" onClick={onClear}>Clear the filter</button>}
        {scope.range.range !== 'all' && <button type="button" className="btn" onClick={() => scope.setRange({ range: 'all' })}>Look at all time</button>}
      </div>
    </Empty>
  )
}

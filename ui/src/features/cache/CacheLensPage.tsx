// The cache lens of a session or a trace: what each call shared with one before it, which message ended that, what it cost.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo, useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { useScope } from '@/api/scope'
import { cacheQuery, type CacheAnswer, type CacheTotals } from '@/api/threads'
import { cutText, isTraceId, shortId } from '@/base/ids'
import { formatUsd } from '@/base/money'
import { formatCount, formatTokens, plural } from '@/base/tokens'
import { clamp } from '@/base/values'
import { NotThere } from '@/features/missing'
import { useFace, type Hint } from '@/widgets/hints'
import { useKeys } from '@/widgets/keys'
import { PageSkeleton } from '@/widgets/skeletons'
import { Empty, ProblemBox } from '@/widgets/states'
import { CallBars } from './components/CallBars'
import { Why } from './components/Why'
import { about, isLoss, nextLoss, roleColour, roleName, unjudgedWords } from './lib/words'
import './cache.css'

const HINTS: readonly Hint[] = [['J K', 'call'], ['n', 'next loss'], ['d', 'compare with the call before'], ['↵', 'open call'], ['y', 'copy link'], ['Esc', 'back']]
const LEGEND = ['tool_definition', 'system', 'user', 'assistant', 'tool'] as const

export function CacheLensPage(): ReactNode {
  const { sessionId, traceId } = useParams({ strict: false }) as { sessionId?: string; traceId?: string }
  const { project } = useScope()
  const of = sessionId !== undefined ? { sessionId } : { traceId: traceId ?? '' }
  const { data, error, isPending, refetch } = useQuery(cacheQuery(project, of))
  const name = sessionId ?? shortId(traceId ?? '', 6)
  useFace({
    title: 'Cache lens', narrow: true, hints: HINTS,
    crumb: (
      <>
        <span className="sep">/</span>
        {sessionId !== undefined
          ? <><Link to="/sessions" className="deep">Sessions</Link><span className="sep deep">/</span><Link to="/sessions/$sessionId" params={{ sessionId }} className="deep clip">{cutText(sessionId, 40)}</Link></>
          : <><Link to="/traces" className="deep">Traces</Link><span className="sep deep">/</span><Link to="/traces/$traceId" params={{ traceId: traceId ?? '' }} className="deep">{name}</Link></>}
        <span className="sep deep">/</span><span className="clip">Cache lens</span>
      </>
    ),
    status: <span>messages compared by hash, exact; their tokens are estimated by length</span>,
  }, `cache ${name} ${data?.calls.length ?? ''}`)
  if (isPending) return <PageSkeleton count={14} height={38} title="Cache lens" />
  if (error) {
    const problem = asProblem(error)
    if (problem.status === 404 || (traceId !== undefined && problem.status === 400 && !isTraceId(traceId))) return <Missing of={of} project={project} />
    return <ProblemBox alone what="The cache lens could not be made" problem={problem} onRetry={() => void refetch()} />
  }
  if (data.calls.length === 0) {
    return (
      <Empty title="No model call to look at">
        <p>{sessionId !== undefined ? 'No call of this session' : 'No call of this trace'} was answered, or none was sent with the messages it was made of. Calls that failed are left out.</p>
        <Link to="/connect" className="btn">How to send messages</Link>
      </Empty>
    )
  }
  return <View answer={data} title={sessionId !== undefined ? `session ${cutText(sessionId, 60)}` : `trace ${name}`} back={of} />
}

function Missing({ of, project }: { of: { sessionId: string } | { traceId: string }; project: string }): ReactNode {
  const session = 'sessionId' in of
  return (
    <NotThere title={`This ${session ? 'session' : 'trace'} is not here`} ways={<Link to={session ? '/sessions' : '/traces'} className="btn">{session ? 'Back to sessions' : 'Back to traces'}</Link>}>
      <p>{session ? <>No trace with the session <code>{cutText(of.sessionId)}</code></> : <>No span of <code>{shortId(of.traceId, 10)}</code></>} is stored in project <b>{project}</b>. It may belong to another project, or be older than what is kept.</p>
    </NotThere>
  )
}

function View({ answer, title, back }: { answer: CacheAnswer; title: string; back: { sessionId: string } | { traceId: string } }): ReactNode {
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as { call?: string }
  const { calls, rules, totals } = answer
  const linked = calls.findIndex((call) => call.span_id === search.call)
  const first = calls.findIndex(isLoss)
  const [selected, setSelected] = useState(linked >= 0 ? linked : Math.max(0, first))
  const current = calls[selected]
  const previous = current?.previous == null ? undefined : calls[current.previous]
  const rule = rules.find((candidate) => candidate.name === current?.rule)
  const select = (index: number): void => {
    setSelected(index)
    void navigate({ to: '.', search: (old) => ({ ...old, call: calls[index]?.span_id }) as never, replace: true })
  }
  const move = (step: number): void => select(clamp(selected + step, 0, calls.length - 1))
  const loss = (step: 1 | -1): void => {
    const index = nextLoss(calls, selected, step)
    if (index >= 0) select(index)
  }
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1), Home: () => select(0), End: () => select(calls.length - 1),
    n: () => loss(1), N: () => loss(-1),
    d: () => current && previous && void navigate({ to: '/calls/$traceId/$spanId/diff/$otherTrace/$otherSpan', params: { traceId: previous.trace_id, spanId: previous.span_id, otherTrace: current.trace_id, otherSpan: current.span_id } }),
    Enter: () => current && void navigate({ to: '/calls/$traceId/$spanId', params: { traceId: current.trace_id, spanId: current.span_id } }),
    Escape: () => void ('sessionId' in back ? navigate({ to: '/sessions/$sessionId', params: back }) : navigate({ to: '/traces/$traceId', params: back })),
  })
  const models = useMemo(() => [...new Set(calls.map((call) => call.model ?? 'a model that was not named'))], [calls])
  return (
    <div className="cachepage">
      <header className="cachehead">
        <div className="row wrap"><h1>Cache lens</h1><span className="t2 clip">{title}, {plural(calls.length, 'call')} to {cutText(models.slice(0, 2).join(', '), 60)}{models.length > 2 && ` and ${models.length - 2} more`}</span>
          <span className="push row cachelegend small t2">
            {LEGEND.map((role) => <span className="row" key={role}><i style={{ background: `var(${roleColour(role)})` }} />{roleName(role)}</span>)}
            <span className="row"><i className="sharedmark" />shared with a call before</span>
          </span></div>
        <Totals totals={totals} unjudged={unjudgedWords(calls)} />
      </header>
      <CallBars calls={calls} selected={selected} onSelect={select} />
      {current && <Why call={current} previous={previous} number={(current.previous ?? 0) + 1} rule={rule} />}
    </div>
  )
}

function Fact({ name, value, note, loss = false }: { name: string; value: ReactNode; note?: string; loss?: boolean }): ReactNode {
  return <div><dt>{name}</dt><dd><span className={loss ? 'warn' : ''}>{value}</span>{note !== undefined && <small> {note}</small>}</dd></div>
}

function Totals({ totals, unjudged }: { totals: CacheTotals; unjudged: string }): ReactNode {
  const { expected_tokens: expected, reported_tokens: reported, lost_usd: lost } = totals
  const share = expected !== null && reported !== null && expected > 0 ? `tok, ${Math.min(100, Math.round((reported / expected) * 100))}%` : 'tok'
  const unknown = totals.calls - totals.judged_calls
  const none = totals.judged_calls === 0
  const unknownWord = none ? <span className="t3">—</span> : 'not known'
  return (
    <dl className="cachefacts">
      <Fact name="Expected from cache" value={expected === null ? unknownWord : `≈ ${formatTokens(expected)}`} {...(expected === null ? {} : { note: 'tok' })} />
      <Fact name="Reported by the provider" value={reported === null ? unknownWord : formatTokens(reported)} {...(reported === null ? {} : { note: share })} />
      <Fact name="Lost" value={lost === null ? (totals.lost_tokens === null ? unknownWord : totals.lost_tokens === 0 ? 'nothing' : 'unpriced') : totals.lost_tokens === 0 ? 'nothing' : about(formatUsd(lost))} loss={(totals.lost_tokens ?? 0) > 0}
        {...(totals.lost_tokens !== null && totals.lost_tokens > 0 ? { note: `${formatTokens(totals.lost_tokens)} tok at full price${totals.unpriced_calls > 0 && lost !== null ? `, ${plural(totals.unpriced_calls, 'call')} unpriced` : ''}` } : {})} />
      <Fact name="Breaks" value={none && totals.changed_calls + totals.expired_calls === 0 ? unknownWord : totals.changed_calls + totals.expired_calls === 0 ? 'none' : formatCount(totals.changed_calls + totals.expired_calls)} {...(totals.changed_calls + totals.expired_calls > 0 ? { note: `${formatCount(totals.changed_calls)} by content, ${formatCount(totals.expired_calls)} by age` } : {})} />
      <Fact name="Judged" value={none ? 'no call' : `${formatCount(totals.judged_calls)} of ${formatCount(totals.calls)}`} {...(unknown > 0 && unjudged !== '' ? { note: unjudged } : {})} />
    </dl>
  )
}

// How to send the first span: a snippet per SDK with the real address, a lamp, and what arrived wrong.
import * as Tabs from '@radix-ui/react-tabs'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { asProblem, unreachable, type Problem } from '@/api/client'
import { useReach } from '@/api/reach'
import { ingestQuery, projectsQuery, tracesQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { IngestState } from '@/api/types'
import { request } from '@/api/client'
import type { TracesPage } from '@/api/types'
import { formatAgo, formatDuration, parseTime } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'
import { CodeBlock } from '@/widgets/copy'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { Remedy } from '@/widgets/states'
import { KEY_HEADER, KEY_VARIABLE, demoCommand, snippets, type Target } from './lib/snippets'
import './connect.css'

const POLL_MS = 1500
/** A newest trace that is older than this is no sign that anything is arriving now. */
const FRESH_MS = 120_000
const HINTS: readonly Hint[] = [['1 – 7', 'snippet'], ['g t', 'traces'], ['⌘K', 'anything']]

export function ConnectPanel(): ReactNode {
  const { project, refresh } = useScope()
  const ingest = useQuery(ingestQuery(project, POLL_MS))
  const problem = useReach().state === 'away' ? unreachable() : ingest.error ? asProblem(ingest.error) : null
  const latest = useLatestTrace(project, ingest.data?.last_span_at ?? null)
  useFace({ title: 'Connect', hints: HINTS }, 'connect')
  const arrived = latest != null
  const keyed = ingest.data?.needs_key ?? false
  const target = useMemo(() => ({ origin: window.location.origin, project, keyed }), [project, keyed])
  return (
    <div className="connect">
      <Waiting ingest={ingest.data ?? null} away={problem !== null} latest={latest} onList={refresh} />
      <div className="connectcols">
        <Snippets target={target} />
        <aside className="connectside">
          <Diagnosis ingest={ingest.data ?? null} problem={problem} arrived={arrived} />
          <section className="panel">
            <header><h2>From a terminal</h2></header>
            <div className="connectdemo">
              <p className="t2">Two hundred traces of agents with tools, errors and costs, through the same door{keyed && <>, with the key that stands in <code>{KEY_VARIABLE}</code></>}:</p>
              <CodeBlock code={demoCommand(target)} label="Command for demo data" />
            </div>
          </section>
        </aside>
      </div>
    </div>
  )
}

/** The newest trace of this project, looked for when a span has arrived somewhere; undefined while that is not known. */
function useLatestTrace(project: string, lastSpan: string | null): TracesPage['traces'][number] | null | undefined {
  const { data, isLoading } = useQuery({
    queryKey: [...tracesQuery(project, {}).queryKey, 'latest', lastSpan],
    queryFn: ({ signal }) => request<TracesPage>('/api/v1/traces', { project, signal, params: { limit: 1 } }),
    enabled: lastSpan !== null,
    // A span is queryable a moment after it is durable; asking again covers that moment.
    refetchInterval: (query) => (query.state.data?.traces.length ? false : POLL_MS),
  })
  return isLoading ? undefined : data?.traces[0] ?? null
}

function Waiting({ ingest, away, latest, onList }: { ingest: IngestState | null; away: boolean; latest: TracesPage['traces'][number] | null | undefined; onList: () => void }): ReactNode {
  const [since] = useState(() => Date.now())
  const [now, setNow] = useState(since)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  const { project } = useScope()
  const { data } = useQuery(projectsQuery(project))
  const others = (data?.projects ?? []).filter((item) => item.name !== project && item.trace_count > 0).slice(0, 3)
  const on = latest != null
  // Not to have asked is not to be waiting: spans may be there already.
  const asking = !away && (ingest === null || latest === undefined)
  const fresh = on && now - parseTime(latest.start_time) < FRESH_MS
  return (
    <div className="waiting" role="status">
      <span className={on ? 'lamp on' : 'lamp'}><i /></span>
      <div>
        <h1>{away && !on ? 'No connection to the server' : asking ? 'Looking for spans' : fresh ? 'Spans are arriving' : on ? 'Connected' : 'Waiting for the first span'}</h1>
        <p className="t2">
          {on ? <>The newest trace is <b className="strong">{latest.name || 'unnamed'}</b>, {formatAgo(latest.start_time, now)}, {plural(latest.span_count, 'span')}.</>
            : asking ? 'Asking the server what has reached it.'
            : away ? 'Nothing can arrive until it answers. This page looks again by itself.'
            : <>Listening for {formatDuration(Math.max(1000, Math.floor((now - since) / 1000) * 1000) * 1e6).replace('.00', '')}. {ingest !== null && ingest.spans_accepted > 0 ? `No span has come for project ${project} yet, but for others.` : 'The first trace can be opened here as soon as it arrives.'}</>}
        </p>
      </div>
      {!on && others.length > 0 && (
        <span className="row push wrap">
          {others.map((item) => (
            <Link key={item.name} to="/traces" search={{ project: item.name } as never} className="btn">Project <b className="strong">{item.name}</b> <span className="t3 num">{plural(item.trace_count, 'trace')}</span></Link>
          ))}
        </span>
      )}
      {on && (
        <span className="row push">
          <Link to="/traces" className="btn" onClick={onList}>All traces</Link>
          <Link to="/traces/$traceId" params={{ traceId: latest.trace_id }} className="btn primary">Open it</Link>
        </span>
      )}
    </div>
  )
}

/** A tab's value becomes part of an id, which may hold no spaces. */
const slug = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '-')

/** What a request has to carry, in words. */
function Needed({ target: { project, keyed } }: { target: Target }): ReactNode {
  if (keyed) return <>This server asks for an API key: in the header <code>{KEY_HEADER}</code>, or as <code>Authorization: Bearer</code>. The snippets read it from <code>{KEY_VARIABLE}</code>. The key also says the project.</>
  return <>No key is needed on this machine. {project === 'default' ? 'Spans land in the project “default”; the header x-vitrine-project names another.' : `The header sends the spans to the project “${project}”.`}</>
}

function Snippets({ target }: { target: Target }): ReactNode {
  const all = useMemo(() => snippets(target), [target])
  const names = useMemo(() => [...new Set(all.map((item) => item.name))], [all])
  const [name, setName] = useState(slug(names[0] ?? ''))
  const [language, setLanguage] = useState<string>('Python')
  useKeys(Object.fromEntries(names.slice(0, 9).map((item, index) => [String(index + 1), () => setName(slug(item))])))
  return (
    <section className="panel" aria-label="Snippets">
      <Tabs.Root value={name} onValueChange={setName}>
        <Tabs.List className="tabs" aria-label="SDK">
          {names.map((item) => <Tabs.Trigger key={item} value={slug(item)}>{item}</Tabs.Trigger>)}
        </Tabs.List>
        {names.map((item) => {
          const choices = all.filter((snippet) => snippet.name === item)
          const shown = choices.find((snippet) => snippet.language === language) ?? choices[0]
          return (
            <Tabs.Content key={item} value={slug(item)}>
              {choices.length > 1 && (
                <div className="snippetbar"><div className="seg" role="group" aria-label="Language">
                  {choices.map((choice) => <button key={choice.id} type="button" aria-pressed={choice === shown} onClick={() => setLanguage(choice.language)}>{choice.language}</button>)}
                </div></div>
              )}
              {shown && <CodeBlock code={shown.code} label={`${shown.name}, ${shown.language}`} />}
            </Tabs.Content>
          )
        })}
      </Tabs.Root>
      <p className="snippetnote t2 small"><Needed target={target} /></p>
    </section>
  )
}

function Step({ state, title, children }: { state: 'ok' | 'bad' | 'warn' | 'wait'; title: string; children: ReactNode }): ReactNode {
  const look = { ok: ['better', 'check'], bad: ['err', 'error'], warn: ['warn', 'warning'], wait: ['t3', 'circle'] } as const
  return (
    <li className="step">
      <span className={look[state][0]}><Icon name={look[state][1]} size={14} weight={1.7} /></span>
      <div><b className="strong">{title}</b><div className="t2 small">{children}</div></div>
    </li>
  )
}

function Diagnosis({ ingest, problem, arrived }: { ingest: IngestState | null; problem: Problem | null; arrived: boolean }): ReactNode {
  return (
    <section className="panel" aria-label="What has reached us">
      <header><h2>What has reached us</h2><span className="push row small t3" style={{ gap: 6 }}><i className={problem ? 'light bad' : ingest ? 'light on' : 'light'} /> {problem ? 'not connected' : ingest ? 'live' : 'connecting'}</span></header>
      <ul>
        {problem ? <Step state="bad" title={problem.message}>{problem.hint !== null && <Remedy text={problem.hint} />}</Step> : <Step state={ingest ? 'ok' : 'wait'} title={ingest ? 'Listening' : 'Asking'}><code>{window.location.origin}/v1/traces</code></Step>}
        {ingest && ingest.disk.state !== 'ok' && <Step state="bad" title={`The disk is ${ingest.disk.state}`}>Spans are refused with 503 until there is room again; SDKs send them again by themselves.</Step>}
        {ingest && ingest.engine.state !== 'ready' && <Step state="warn" title={`The engine is ${ingest.engine.state}`}>Spans are kept; they can be asked for when it is back.</Step>}
        {ingest?.recent_problems.slice(0, 5).map((item) => (
          <Step key={`${item.time}${item.door}${item.message}`} state={item.status >= 400 ? 'bad' : 'warn'} title={`${plural(item.count, 'request')} ${item.status >= 400 ? 'refused' : 'with a problem'}, ${item.status}`}>
            {formatAgo(item.time)} at <code>{item.door}</code>. {item.message} {item.hint !== null && <b className="strong">{item.hint}</b>}
          </Step>
        ))}
        {ingest && ingest.spans_rejected > 0 && <Step state="warn" title={`${formatCount(ingest.spans_rejected)} spans rejected`}><Link to="/ingest" className="link">See why</Link></Step>}
        <Step state={arrived ? 'ok' : 'wait'} title="First span">{arrived ? `${plural(ingest?.spans_accepted ?? 0, 'span')} accepted since the server started` : ingest ? 'not yet' : 'not known yet'}</Step>
      </ul>
    </section>
  )
}

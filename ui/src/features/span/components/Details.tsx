// The numbers of a span: tokens by kind with the rates used, timing, parameters, what it retrieved, who it was for.
import { Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import type { SpanDetail, Timeline } from '@/api/types'
import { cutText } from '@/base/ids'
import { formatRate, formatUsd, formatUsdExact } from '@/base/money'
import { formatDuration, formatMoment } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'
import { zoneLabel } from '@/base/zone'
import { Json } from '@/widgets/json'
import { documentsOf, flagOf, numberOf, recordOf, textOf, tokenLines } from '../lib/detail'
import { stallsOf } from '../lib/timeline'
import { Documents, Guardrail } from './Findings'

/** Everything known in numbers and names: what the panel of a span shows. */
export function Details({ detail }: { detail: SpanDetail }): ReactNode {
  return (
    <div className="details">
      <Guardrail detail={detail} />
      <TokenTable detail={detail} />
      <Timing detail={detail} />
      <FactLists detail={detail} />
    </div>
  )
}

/** The same without tokens and timing, for a page that shows those larger; tools in full. */
export function Parameters({ detail }: { detail: SpanDetail }): ReactNode {
  return (
    <div className="details">
      <Guardrail detail={detail} />
      <FactLists detail={detail} />
      {detail.tool_definitions.length > 0 && (
        <section className="toolsoffered">
          <h3>{plural(detail.tool_definitions.length, 'tool')} offered</h3>
          {detail.tool_definitions.map((tool, index) => (
            <details className="event" key={`${tool.hash}-${index}`}>
              <summary><b className="mono">{tool.name}</b> {tool.description !== null && <span className="t2">{cutText(tool.description, 200)}</span>}</summary>
              <Json value={tool.parameters} />
            </details>
          ))}
        </section>
      )}
    </div>
  )
}

function FactLists({ detail }: { detail: SpanDetail }): ReactNode {
  const documents = documentsOf(detail)
  return (
    <>
      <Facts title="Request" rows={requestRows(detail)} />
      <Facts title="Answer" rows={answerRows(detail)} />
      {documents.length > 0 && <Documents documents={documents} />}
      <Facts title="Belongs to" rows={identityRows(detail)} />
      <Facts title="Captured" rows={captureRows(detail)} />
    </>
  )
}

const SHOWN_CHARS = 240

/** A value of any length: the start of it, and the rest when asked for. */
function Text({ value }: { value: string }): ReactNode {
  const [all, setAll] = useState(false)
  if (all || value.length <= SHOWN_CHARS) return value
  return <>{value.slice(0, SHOWN_CHARS)}… <button type="button" className="link" onClick={() => setAll(true)}>all {formatCount(value.length)} characters</button></>
}

type FactRow = readonly [name: string, value: ReactNode]

function Facts({ title, rows }: { title: string; rows: readonly (FactRow | null)[] }): ReactNode {
  const known = rows.filter((row): row is FactRow => row !== null)
  if (known.length === 0) return null
  return (
    <section className="factlist">
      <h3>{title}</h3>
      <dl>{known.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{typeof value === 'string' ? <Text value={value} /> : value}</dd></div>)}</dl>
    </section>
  )
}

export function TokenTable({ detail }: { detail: SpanDetail }): ReactNode {
  const lines = tokenLines(detail)
  const cost = textOf(detail, 'cost_usd')
  const reported = textOf(detail, 'reported_cost_usd')
  const saved = textOf(detail, 'saved_cost_usd')
  if (lines.length === 0 && cost === null && reported === null) return null
  const estimated = textOf(detail, 'usage_source') === 'estimated' ? '≈ ' : ''
  const { price } = detail
  return (
    <section className="tokens">
      <h3>Tokens and cost</h3>
      <table>
        <thead><tr><th>Kind</th><th className="n">Tokens</th><th className="n">per million</th><th className="n">Cost</th></tr></thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.label} className={line.part ? 't3' : ''}>
              <td>{line.label}</td><td className="n">{estimated}{formatCount(line.tokens)}</td>
              <td className="n t3">{line.rate === null ? '' : formatRate(line.rate)}</td>
              <td className="n">{line.part ? '' : line.cost === null ? (cost === null ? '—' : '') : formatUsdExact(line.cost)}</td>
            </tr>
          ))}
          <tr><td className="strong">This span</td><td /><td /><td className="n strong" data-cost>{cost !== null ? formatUsdExact(cost) : lines.length > 0 ? 'unpriced' : '—'}</td></tr>
        </tbody>
      </table>
      {flagOf(detail, 'counted') === false && <p className="small t2 note">Another span reports the same paid call; this one is not added to any total.</p>}
      {reported !== null && <p className="small t2 note">The sender reported {formatUsdExact(reported)}.</p>}
      {saved !== null && <p className="small t2 note">A cache saved {formatUsd(saved)}.</p>}
      {price ? (
        <p className="small t2 note">
          Price <code>{price.price_id}</code>: {price.provider} {price.model}{price.tier !== null && price.tier !== '' && `, ${price.tier}`}{price.effective_from !== null && `, in force since ${price.effective_from.slice(0, 10)}`}.
        </p>
      ) : cost === null && ['llm', 'embedding', 'rerank'].includes(textOf(detail, 'kind') ?? '') && (
        <p className="small t2 note">No rate is known for {cutText(textOf(detail, 'response_model') ?? textOf(detail, 'request_model') ?? 'this model')}. <Link to="/prices" search={{ unpriced: '1' } as never} className="link">Give it one</Link></p>
      )}
    </section>
  )
}

function Timing({ detail }: { detail: SpanDetail }): ReactNode {
  const start = textOf(detail, 'start_time')
  const speed = numberOf(detail, 'output_tokens_per_second')
  const stood = detail.timeline ? stallsOf(detail.timeline) : []
  const stalls = numberOf(detail, 'stall_count') ?? (detail.timeline ? stood.length : null)
  const longest = numberOf(detail, 'longest_stall_ns') ?? Math.max(0, ...stood.map((stall) => stall.to - stall.from))
  const ns = (name: string, column: string): FactRow | null => {
    const value = numberOf(detail, column)
    return value === null ? null : [name, formatDuration(value)]
  }
  return (
    <>
      <Facts title="Timing" rows={[
        start === null ? null : ['Start', `${formatMoment(start)} ${zoneLabel()}`], ns('Took', 'duration_ns'), ns('First token', 'ttft_ns'), ns('Per token', 'tpot_ns'),
        speed === null ? null : ['Speed', `${speed.toFixed(1)} tok/s`], ns('Queued', 'queue_ns'),
        stalls === null || stalls === 0 ? null : ['Stalls', <span className="warn" key="s">{formatCount(stalls)}, longest {formatDuration(longest)}</span>],
      ]} />
      {detail.timeline && detail.timeline.offsets_ns.length > 1 && <TimelineChart timeline={detail.timeline} />}
    </>
  )
}

const CHART = { width: 420, height: 72 }

/** Output so far over time: slope is speed, a flat piece is a stall; each delta is a tick below. */
function TimelineChart({ timeline }: { timeline: Timeline }): ReactNode {
  const { offsets_ns: offsets } = timeline
  // Where no sizes were sent each delta counts as one.
  const sizes = offsets.map((_, index) => timeline.sizes[index] ?? 1)
  const end = Math.max(1, offsets.at(-1) ?? 1)
  const total = Math.max(1, sizes.reduce((sum, size) => sum + size, 0))
  const x = (ns: number): string => ((ns / end) * CHART.width).toFixed(1)
  let sum = 0
  let path = ''
  for (let i = 0; i < offsets.length; i++) {
    const before = ((1 - sum / total) * 52 + 2).toFixed(1)
    sum += sizes[i] ?? 0
    path += `${i === 0 ? 'M' : 'L'}${x(offsets[i] ?? 0)} ${before}L${x(offsets[i] ?? 0)} ${((1 - sum / total) * 52 + 2).toFixed(1)}`
  }
  const step = Math.max(1, Math.ceil(offsets.length / 400))
  const stalls = stallsOf(timeline)
  return (
    <figure className="timeline">
      <figcaption className="small t2">Token timeline <span className="t3">{plural(offsets.length, 'delta')}, first after {formatDuration(offsets[0])}, last after {formatDuration(end)}</span>{stalls.length > 0 && <span className="warn"> {plural(stalls.length, 'stall')}</span>}</figcaption>
      <svg viewBox={`0 0 ${CHART.width} ${CHART.height}`} width="100%" height={CHART.height} preserveAspectRatio="none" role="img" aria-label={`Output over time, ${offsets.length} deltas in ${formatDuration(end)}`}>
        {stalls.map((stall) => <rect key={stall.from} x={x(stall.from)} width={Math.max(1, ((stall.to - stall.from) / end) * CHART.width)} y={2} height={68} fill="var(--warn-fill)" opacity=".22" />)}
        <path d={path} fill="none" stroke="var(--k-llm)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
        {offsets.map((ns, i) => i % step === 0 && <line key={i} x1={x(ns)} x2={x(ns)} y1={58} y2={70} stroke="var(--k-llm)" strokeWidth="1" opacity=".7" vectorEffect="non-scaling-stroke" />)}
      </svg>
    </figure>
  )
}

function plain(detail: SpanDetail, name: string, column: string): FactRow | null {
  const value = textOf(detail, column)
  return value === null ? null : [name, value]
}

function requestRows(detail: SpanDetail): (FactRow | null)[] {
  const named = new Set(['temperature', 'top_p', 'max_tokens', 'seed'])
  const others = Object.entries(recordOf(detail, 'params')).filter(([key]) => !named.has(key))
  const tools = detail.tool_definitions
  return [
    plain(detail, 'Provider', 'provider'), plain(detail, 'Model asked', 'request_model'), plain(detail, 'Operation', 'operation'), plain(detail, 'Deployment', 'deployment_id'),
    plain(detail, 'Temperature', 'temperature'), plain(detail, 'Top p', 'top_p'), plain(detail, 'Max tokens', 'max_tokens'), plain(detail, 'Seed', 'seed'),
    flagOf(detail, 'stream') === null ? null : ['Streamed', flagOf(detail, 'stream') === true ? 'yes' : 'no'],
    ...others.map(([key, value]): FactRow => [key, <span className="mono" key={key}>{typeof value === 'string' ? value : JSON.stringify(value)}</span>]),
    tools.length === 0 ? null : [`Tools offered`, <span key="t" title={tools.map((tool) => `${tool.name}: ${tool.description ?? ''}`).join('\n')}>{formatCount(tools.length)}: {tools.map((tool) => tool.name).join(', ')}</span>],
    plain(detail, 'Prompt', 'prompt_name'), plain(detail, 'Prompt version', 'prompt_version'), plain(detail, 'Tool', 'tool_name'),
  ]
}

function answerRows(detail: SpanDetail): (FactRow | null)[] {
  return [
    plain(detail, 'Model that answered', 'response_model'), plain(detail, 'Finish', 'finish_reason'), plain(detail, 'Finish as sent', 'finish_reasons_raw'),
    plain(detail, 'Response id', 'response_id'), plain(detail, 'Fingerprint', 'system_fingerprint'), plain(detail, 'HTTP status', 'http_status'),
    plain(detail, 'Error', 'error_type'), plain(detail, 'Cache', 'cache_status'), (numberOf(detail, 'attempt') ?? 0) > 0 ? plain(detail, 'Attempt', 'attempt') : null, plain(detail, 'Service tier', 'service_tier'),
  ]
}

function identityRows(detail: SpanDetail): (FactRow | null)[] {
  const door = (name: string, column: string, field: string): FactRow | null => {
    const value = textOf(detail, column)
    return value === null ? null : [name, <Link key={field} to="/traces" search={{ [field]: value } as never} className="link" title={value}>{cutText(value)}</Link>]
  }
  return [
    door('Service', 'service', 'service'), door('Environment', 'environment', 'environment'), door('Release', 'release', 'release'), door('User', 'user_id', 'user'), door('Session', 'session_id', 'session'),
    plain(detail, 'Feature', 'feature'), plain(detail, 'Experiment', 'experiment'),
  ]
}

function captureRows(detail: SpanDetail): (FactRow | null)[] {
  return [
    ['Span id', <code key="s">{detail.span_id}</code>], plain(detail, 'Through', 'capture'), plain(detail, 'Dialect', 'dialect'), plain(detail, 'Instrumentation', 'scope_name'),
    plain(detail, 'Its version', 'scope_version'), plain(detail, 'Usage from', 'usage_source'), plain(detail, 'Retention', 'retention'),
  ]
}

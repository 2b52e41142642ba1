// The strip above a trace: what it was, what it took, what it cost. Every value that other traces share leads to them.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { KINDS, type TraceRow } from '@/api/types'
import { shortId } from '@/base/ids'
import { formatUsd } from '@/base/money'
import { formatDuration } from '@/base/time'
import { formatCount, formatTokens, plural } from '@/base/tokens'
import { CopyButton } from '@/widgets/copy'
import { Icon, KindIcon } from '@/widgets/icons'
import type { TraceModel } from '../lib/model'
import { TraceLinks } from './TraceLinks'

const COUNTED_KINDS = ['llm', 'embedding', 'rerank', 'retrieval', 'tool', 'agent'] as const

function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return <div><dt>{name}</dt><dd>{children}</dd></div>
}

function Door({ field, value }: { field: string; value: string }): ReactNode {
  return <Link to="/traces" search={{ [field]: value } as never} title={`Traces with ${field} ${value}`}>{shortId(value, 16)}</Link>
}

export function Strip({ trace, model, spanId, missing }: { trace: TraceRow; model: TraceModel; spanId: string | null; missing: number }): ReactNode {
  const calls = new Map<string, number>(COUNTED_KINDS.map((kind) => [kind, 0]))
  for (let row = 0; row < model.count; row++) {
    if ((model.source[row] ?? -1) < 0) continue
    const kind = KINDS[model.kind[row] ?? 0] ?? 'other'
    const seen = calls.get(kind)
    if (seen !== undefined) calls.set(kind, seen + 1)
  }
  const ran = [...calls].filter(([, count]) => count > 0)
  const cached = trace.cached_input_tokens
  const share = cached !== null && trace.input_tokens !== null && trace.input_tokens > 0 ? Math.round((cached / trace.input_tokens) * 100) : null
  const priced = trace.cost_usd !== null && !(trace.unpriced_count > 0 && trace.unpriced_count >= trace.call_count)
  return (
    <section className="strip" aria-label="Summary">
      <div className="row wrap stripline">
        <KindIcon kind={trace.root_kind} size={20} />
        <h1 className="clip" dir="auto" title={trace.name}>{trace.name === '' ? 'unnamed trace' : trace.name}</h1>
        {trace.error_count > 0 && <span className="badge err"><Icon name="error" size={11} weight={1.8} />{plural(trace.error_count, 'span')} failed</span>}
        {missing > 0 && <span className="badge warn" title="Their children hang under a row of their own"><Icon name="warning" size={11} />{plural(missing, 'parent')} not received</span>}
        {trace.tags.map((tag) => <span className="badge" key={tag}>{tag}</span>)}
        {trace.input_preview !== null && <span className="clip t2 asked" dir="auto">“{trace.input_preview}”</span>}
        <span className="push row" style={{ gap: 4 }}>
          <TraceLinks trace={trace} spanId={spanId} />
          <Link to="/traces/$traceId/diff" params={{ traceId: trace.trace_id }} className="btn quiet" title="m">Compare</Link>
          {(calls.get('llm') ?? 0) > 1 && <Link to="/traces/$traceId/cache" params={{ traceId: trace.trace_id }} className="btn quiet" title="⇧L">Cache lens</Link>}
          <CopyButton className="btn quiet" label={shortId(trace.trace_id, 8)} text={trace.trace_id} /></span>
      </div>
      <dl className="facts">
        <Fact name="Duration">{formatDuration(trace.duration_ns)}</Fact>
        {trace.ttft_ns !== null && <Fact name="First token">{formatDuration(trace.ttft_ns)}</Fact>}
        {(trace.cost_usd !== null || trace.unpriced_count > 0) && <Fact name="Cost">{priced ? formatUsd(trace.cost_usd) : 'unpriced'}{priced && trace.unpriced_count > 0 && <span className="t3"> + {trace.unpriced_count} unpriced</span>}</Fact>}
        {(trace.input_tokens !== null || trace.output_tokens !== null) && (
          <Fact name="Tokens">{formatTokens(trace.input_tokens)} in{share !== null && share > 0 && <span className="t3"> {share}% cached</span>} · {formatTokens(trace.output_tokens)} out</Fact>
        )}
        {ran.length > 0 && <Fact name="Ran">{ran.map(([kind, count]) => `${formatCount(count)} ${kind}`).join(' · ')}</Fact>}
        {trace.service !== '' && <Fact name="Service"><Door field="service" value={trace.service} /></Fact>}
        {trace.environment !== null && <Fact name="Environment"><Door field="environment" value={trace.environment} /></Fact>}
        {trace.release !== null && <Fact name="Release"><Door field="release" value={trace.release} /></Fact>}
        {trace.session_id !== null && <Fact name="Session"><Link to="/sessions/$sessionId" params={{ sessionId: trace.session_id }} title={`Session ${trace.session_id}`}>{shortId(trace.session_id, 16)}</Link></Fact>}
        {trace.user_id !== null && <Fact name="User"><Door field="user" value={trace.user_id} /></Fact>}
        {trace.feature !== null && <Fact name="Feature">{trace.feature}</Fact>}
      </dl>
    </section>
  )
}

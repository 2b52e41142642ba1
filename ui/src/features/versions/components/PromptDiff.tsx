// The system prompts of one feature's newest call on each side, line by line.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, type ReactNode } from 'react'
import { asProblem, request } from '@/api/client'
import { spanQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { CallsPage, CallRow, SpanDetail } from '@/api/types'
import type { Window } from '@/api/useWindow'
import { formatTerm, joinTerms } from '@/base/filter'
import { isRecord } from '@/base/values'
import { plural } from '@/base/tokens'
import { ProblemBox } from '@/widgets/states'
import { LINES_MAX, diffLines, type DiffLine } from '../lib/lines'

function useNewest(filter: string | null, window: Window): { call: CallRow | null | undefined; error: unknown; refetch: () => unknown } {
  const { project } = useScope()
  const { data, error, refetch } = useQuery({
    queryKey: ['newest-call', project, filter, window],
    queryFn: ({ signal }) => request<CallsPage>('/api/v1/calls', { project, signal, params: { ...window, filter: filter ?? '', limit: 1 } }),
    enabled: filter !== null,
  })
  return { call: data && (data.calls[0] ?? null), error, refetch }
}

function systemText(detail: SpanDetail | undefined): string | null {
  if (!detail) return null
  const texts = detail.input_messages.filter((message) => message.role === 'system' || message.role === 'developer').flatMap((message) => message.parts).map((part) => (isRecord(part) && part['type'] === 'text' && typeof part['content'] === 'string' ? part['content'] : ''))
  return texts.join('\n')
}

/** Runs of unchanged lines are folded but for their ends. */
const CONTEXT = 3

function folded(lines: readonly DiffLine[]): (DiffLine | { kind: 'fold'; text: string })[] {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some((line) => line.kind !== 'same'))
  const out: (DiffLine | { kind: 'fold'; text: string })[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]
    if (!line) continue
    if (near[at]) out.push(line)
    else {
      const start = at
      while (at + 1 < lines.length && near[at + 1] === false) at++
      out.push({ kind: 'fold', text: `${plural(at - start + 1, 'unchanged line')}` })
    }
  }
  return out
}

export function PromptDiff({ filterA, filterB, nameA, nameB, window }: { filterA: string; filterB: string; nameA: string; nameB: string; window: Window }): ReactNode {
  const { project } = useScope()
  const b = useNewest(filterB, window)
  // Prompts of two features differ whatever the release: the other side's call is one of the same service and feature.
  const like = b.call ? joinTerms([filterA, formatTerm('service', b.call.service), ...(b.call.feature ? [formatTerm('feature', b.call.feature)] : [])]) : null
  const a = useNewest(like, window)
  const left = useQuery({ ...spanQuery(project, a.call?.trace_id ?? '', a.call?.span_id ?? ''), enabled: a.call != null })
  const right = useQuery({ ...spanQuery(project, b.call?.trace_id ?? '', b.call?.span_id ?? ''), enabled: b.call != null })
  const [textA, textB] = [systemText(left.data), systemText(right.data)]
  const lines = useMemo(() => (textA === null || textB === null ? null : diffLines(textA, textB)), [textA, textB])
  const error = a.error ?? b.error ?? left.error ?? right.error
  if (error) return <ProblemBox what="The prompts could not be read" problem={asProblem(error)} onRetry={() => { for (const one of [a, b, left, right]) if (one.error) void one.refetch() }} />
  if (b.call && a.call === null) return <section className="panel" aria-label="Prompt"><header><h2>System prompt</h2></header><p className="panelnote">{nameA} has no call of {b.call.feature ?? b.call.service} in this time to compare the prompt with.</p></section>
  if (!lines || !a.call || !b.call) return null
  const [added, removed] = [lines.filter((line) => line.kind === 'added').length, lines.filter((line) => line.kind === 'removed').length]
  return (
    <section className="panel" aria-label="Prompt">
      <header className="chartheader"><h2>System prompt</h2><span className="t3 small num">{textA === '' && textB === '' ? 'neither side sent one' : added + removed === 0 ? 'the same on both sides' : `+${added} −${removed} lines, ${nameA} to ${nameB}`}</span>
        <span className="push row small"><span className="t3">newest call of {b.call.feature ?? b.call.service} on each side:</span>{[a.call, b.call].map((call, index) => <Link key={index} className="link ofside" to="/calls/$traceId/$spanId" params={{ traceId: call.trace_id, spanId: call.span_id }}>{index === 0 ? 'A' : 'B'}</Link>)}</span></header>
      {added + removed > 0 && (
        <pre className="promptdiff" tabIndex={0} aria-label="Difference of the prompts">{folded(lines).map((line, index) => <span key={index} className={line.kind} dir="auto">{line.kind === 'added' ? '+ ' : line.kind === 'removed' ? '− ' : line.kind === 'fold' ? '… ' : '  '}{line.text}{'\n'}</span>)}</pre>
      )}
      {lines.length >= LINES_MAX && <p className="panelnote small">Only the first {LINES_MAX} lines of each are compared.</p>}
    </section>
  )
}

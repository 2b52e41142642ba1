// Two spans compared: their messages aligned by hash, what changed between the texts of each pair, and the settings they were
// made with. Equal messages are one line.
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { spanQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { Message, SpanDetail } from '@/api/types'
import { formatUsd } from '@/base/money'
import { formatDuration } from '@/base/time'
import { formatTokens, plural } from '@/base/tokens'
import { numberOf, textOf } from '@/features/span'
import { Icon } from '@/widgets/icons'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { alignMessages, messageText, type MessagePair } from '../lib/align'
import { TextDiff } from './TextDiff'

export interface SpanPlace {
  traceId: string
  spanId: string
}

export function CallDiff({ a, b }: { a: SpanPlace; b: SpanPlace }): ReactNode {
  const { project } = useScope()
  const left = useQuery(spanQuery(project, a.traceId, a.spanId))
  const right = useQuery(spanQuery(project, b.traceId, b.spanId))
  const failed = left.error ?? right.error
  if (failed) return <ProblemBox what="One of the two could not be read" problem={asProblem(failed)} onRetry={() => { void left.refetch(); void right.refetch() }} />
  if (!left.data || !right.data) return <SkeletonRows count={6} />
  return <Compared a={left.data} b={right.data} />
}

function Compared({ a, b }: { a: SpanDetail; b: SpanDetail }): ReactNode {
  const asked = useMemo(() => alignMessages(a.input_messages, b.input_messages), [a, b])
  const answered = useMemo(() => alignMessages(a.output_messages, b.output_messages), [a, b])
  const tools = useMemo(() => alignMessages(a.tool_definitions.map(toolMessage), b.tool_definitions.map(toolMessage)), [a, b])
  const settings = settingsOf(a, b)
  return (
    <div className="calldiff">
      {settings.length > 0 && (
        <table className="differs">
          <thead><tr><th>Differs</th><th>A</th><th>B</th></tr></thead>
          <tbody>{settings.map(([name, before, after]) => <tr key={name}><td className="t2">{name}</td><td className="sidea">{before}</td><td className="sideb">{after}</td></tr>)}</tbody>
        </table>
      )}
      {tools.some((pair) => !pair.same) && <Part title="Tools" pairs={tools} />}
      <Part title="Asked" pairs={asked} />
      <Part title="Answered" pairs={answered} />
    </div>
  )
}

const toolMessage = (tool: SpanDetail['tool_definitions'][number]): Message => ({
  hash: tool.hash, role: tool.name ?? 'tool', is_new: true, position: 0, parts: [`${tool.description ?? ''}\n${JSON.stringify(tool.parameters, null, 2)}`],
})

const COMPARED = ['name', 'status', 'request_model', 'response_model', 'finish_reason', 'temperature', 'top_p', 'max_tokens', 'seed', 'prompt_name', 'prompt_version', 'release', 'system_fingerprint', 'error_type'] as const

function settingsOf(a: SpanDetail, b: SpanDetail): [string, string, string][] {
  const rows: [string, string, string][] = []
  for (const column of COMPARED) {
    const [before, after] = [textOf(a, column) ?? '—', textOf(b, column) ?? '—']
    if (before !== after) rows.push([column.replaceAll('_', ' '), before, after])
  }
  const number = (name: string, column: string, write: (value: number | null) => string): void => {
    const [before, after] = [numberOf(a, column), numberOf(b, column)]
    if (before !== after) rows.push([name, write(before), write(after)])
  }
  number('took', 'duration_ns', formatDuration)
  number('first token', 'ttft_ns', formatDuration)
  number('input tokens', 'input_tokens', formatTokens)
  number('output tokens', 'output_tokens', formatTokens)
  const money = (detail: SpanDetail): string => {
    const cost = textOf(detail, 'cost_usd')
    return cost === null ? '—' : formatUsd(cost)
  }
  if (money(a) !== money(b)) rows.push(['cost', money(a), money(b)])
  return rows
}

function Part({ title, pairs }: { title: string; pairs: readonly MessagePair[] }): ReactNode {
  const [open, setOpen] = useState(false)
  const same = pairs.filter((pair) => pair.same).length
  if (pairs.length === 0) return <section className="diffpart"><h2>{title}</h2><p className="t3 small">Neither was sent with its content.</p></section>
  return (
    <section className="diffpart">
      <h2>{title} <span className="t3">{same === pairs.length ? 'the same' : `${plural(pairs.length - same, 'message')} differ${pairs.length - same === 1 ? 's' : ''}`}</span></h2>
      {same > 0 && <button type="button" className="msg fold" aria-expanded={open} onClick={() => setOpen(!open)}><Icon name={open ? 'down' : 'right'} size={12} />{plural(same, 'message')} the same</button>}
      {pairs.map((pair, index) => (open || !pair.same) && <PairView key={index} pair={pair} />)}
    </section>
  )
}

function PairView({ pair }: { pair: MessagePair }): ReactNode {
  const role = (pair.b ?? pair.a)?.role ?? ''
  const kind = pair.same ? 'the same' : pair.a === null ? 'only in B' : pair.b === null ? 'only in A' : 'changed'
  return (
    <div className="msg">
      <p className="who"><b>{role === '' ? 'message' : role}</b><span className={pair.same ? 't3' : 'badge'}>{kind}</span></p>
      <TextDiff a={messageText(pair.a)} b={messageText(pair.b)} />
    </div>
  )
}

// The head of a call: what it was, how it went, what it took and cost.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { CallRow, SpanDetail } from '@/api/types'
import { cutText } from '@/base/ids'
import { formatRate, formatUsd, formatUsdExact } from '@/base/money'
import { formatDuration } from '@/base/time'
import { formatCount, formatTokens, plural } from '@/base/tokens'
import { speedOf } from '@/features/calls'
import { errorLabel, flagOf, numberOf, textOf, type Language } from '@/features/span'
import { Icon, KindIcon } from '@/widgets/icons'
import { Popover } from '@/widgets/popover'
import { quantile, type Stream } from '../lib/stream'

interface Props {
  detail: SpanDetail
  stream: Stream
  attempts: readonly CallRow[]
  onCopy: (language: Language) => void
}

const LANGUAGES: readonly (readonly [Language, string])[] = [['curl', 'curl'], ['python', 'Python'], ['node', 'Node']]

export function Head(props: Props): ReactNode {
  const { detail, attempts, onCopy } = props
  const asked = textOf(detail, 'request_model')
  const answered = textOf(detail, 'response_model')
  const model = answered !== null && asked !== null && !answered.startsWith(asked) ? `${asked} → ${answered}` : (answered ?? asked)
  const finish = textOf(detail, 'finish_reason')
  const cache = textOf(detail, 'cache_status')
  const attempt = numberOf(detail, 'attempt')
  const how = [model, textOf(detail, 'provider'), textOf(detail, 'operation') === textOf(detail, 'name') ? null : textOf(detail, 'operation'), flagOf(detail, 'stream') === true ? 'streamed' : flagOf(detail, 'stream') === false ? 'not streamed' : null].filter((word) => word !== null)
  return (
    <header className="callhero">
      <div className="callline">
        <KindIcon kind={textOf(detail, 'kind') ?? 'other'} size={20} />
        <h1 className="clip" dir="auto" title={textOf(detail, 'name') ?? undefined}>{textOf(detail, 'name') ?? 'unnamed call'}</h1>
        {detail['status'] === 'error' && <span className="badge err"><Icon name="error" size={11} weight={1.8} />{errorLabel(textOf(detail, 'error_type'))}</span>}
        {(finish === 'length' || finish === 'content_filter') && <span className="badge warn"><Icon name="warning" size={11} />{finish === 'length' ? 'cut at the token limit' : 'stopped by a content filter'}</span>}
        {attempts.length > 1 && <span className="badge">attempt {attempt ?? '?'} of {attempts.length}</span>}
        {attempts.length <= 1 && attempt !== null && attempt > 1 && <span className="badge">attempt {attempt}</span>}
        {cache !== null && cache !== 'none' && <span className={cache === 'miss' ? 'badge' : 'badge better'}>cache {cache}</span>}
        {flagOf(detail, 'counted') === false && <span className="badge" title="Another span reports the same paid call; this one is not added to any total">not counted</span>}
        <span className="t2 clip how" title={how.join(' · ')}>{how.map((word) => cutText(word ?? '')).join(' · ')}</span>
        <span className="push row callactions">
          <Popover align="end" trigger={<button type="button" className="btn quiet"><Icon name="copy" size={13} /> Copy as <kbd>c</kbd></button>}>
            {(close) => (
              <div role="menu" aria-label="Copy as">
                {LANGUAGES.map(([id, name]) => <button key={id} type="button" role="menuitem" className="item" onClick={() => { onCopy(id); close() }}>{name}<span className="t3 push small">{id === 'curl' ? 'c' : ''}</span></button>)}
              </div>
            )}
          </Popover>
          <Link to="/traces/$traceId" params={{ traceId: detail.trace_id }} search={{ span: detail.span_id } as never} className="btn"><Icon name="traces" size={13} /> Trace <kbd>t</kbd></Link>
        </span>
      </div>
      <Facts {...props} />
    </header>
  )
}

interface Fact {
  name: string
  value: ReactNode
  note?: ReactNode
  title?: string | undefined
}

function Facts({ detail, stream }: Props): ReactNode {
  const facts = [timeFacts(detail, stream), tokenFacts(detail), [costFact(detail), finishFact(detail)]].flat().filter((fact): fact is Fact => fact !== null)
  return (
    <dl className="callfacts">
      {facts.map((fact) => <div key={fact.name} title={fact.title}><dt>{fact.name}</dt><dd>{fact.value} {fact.note !== undefined && <small>{fact.note}</small>}</dd></div>)}
    </dl>
  )
}

function timeFacts(detail: SpanDetail, stream: Stream): (Fact | null)[] {
  const ttft = numberOf(detail, 'ttft_ns')
  const took = numberOf(detail, 'duration_ns')
  const perToken = numberOf(detail, 'tpot_ns')
  const speed = numberOf(detail, 'output_tokens_per_second')
  const queued = numberOf(detail, 'queue_ns')
  const stood = stream.stalls.map((stall) => stall.to - stall.from)
  const stalls = numberOf(detail, 'stall_count') ?? (stream.deltas > 1 ? stood.length : null)
  const longest = numberOf(detail, 'longest_stall_ns') ?? Math.max(0, ...stood)
  const median = quantile(stream.gaps, 0.5)
  return [
    { name: 'Took', value: formatDuration(took), note: queued !== null && queued > 0 ? `${formatDuration(queued)} of it queued` : undefined },
    ttft === null ? null : { name: 'TTFT', value: formatDuration(ttft), note: took !== null && took > 0 ? `${Math.round((ttft / took) * 100)}%` : undefined, title: 'Time to the first token, and its share of the whole' },
    perToken === null ? null : { name: 'Per token', value: formatDuration(perToken), note: Number.isNaN(median) ? undefined : `median gap ${formatDuration(median)}` },
    speed === null ? null : { name: 'Speed', value: <>{speedOf(speed)} <small>tok/s</small></> },
    stalls === null ? null : stalls === 0 ? { name: 'Stalls', value: 'none' } : { name: 'Longest stall', value: <span className="warn">{formatDuration(longest)}</span>, note: plural(stalls, 'stall') },
  ]
}

function tokenFacts(detail: SpanDetail): (Fact | null)[] {
  const tokens = (column: string): number | null => numberOf(detail, column)
  const input = tokens('input_tokens')
  const output = tokens('output_tokens')
  const cached = tokens('cached_input_tokens')
  const written = tokens('cache_write_tokens')
  const reasoning = tokens('reasoning_tokens')
  const about = textOf(detail, 'usage_source') === 'estimated' ? '≈ ' : ''
  const notes = [
    cached !== null && cached > 0 && input !== null && input > 0 ? `${Math.round((cached / input) * 100)}% cached` : null,
    written !== null && written > 0 ? `${formatTokens(written)} written to the cache` : null,
  ].filter((note) => note !== null)
  return [
    input === null ? null : { name: 'Input', value: `${about}${formatTokens(input)} tok`, note: notes.length > 0 ? notes.join(', ') : undefined, title: `${formatCount(input)} tokens` },
    output === null ? null : { name: 'Output', value: `${about}${formatTokens(output)} tok`, note: reasoning !== null && reasoning > 0 ? `${formatTokens(reasoning)} reasoning` : undefined, title: `${formatCount(output)} tokens` },
  ]
}

function costFact(detail: SpanDetail): Fact {
  const cost = textOf(detail, 'cost_usd')
  const { price } = detail
  if (cost === null) return { name: 'Cost', value: numberOf(detail, 'input_tokens') === null && numberOf(detail, 'output_tokens') === null ? '—' : 'unpriced' }
  const rate = (name: string): string | null => {
    const value: unknown = price?.rates[name]
    return typeof value === 'string' && value !== '' ? formatRate(value) : null
  }
  const [input, output] = [rate('input'), rate('output')]
  return {
    name: 'Cost', value: formatUsd(cost), title: price ? `${formatUsdExact(cost)}, price ${price.price_id}` : formatUsdExact(cost),
    note: input === null || output === null ? undefined : `${input} in, ${output} out per M`,
  }
}

function finishFact(detail: SpanDetail): Fact {
  const finish = textOf(detail, 'finish_reason')
  const raw = textOf(detail, 'finish_reasons_raw')
  return { name: 'Finish', value: finish ?? '—', note: raw !== null && raw !== finish && raw.length < 24 ? raw : undefined }
}

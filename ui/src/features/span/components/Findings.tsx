// What a span found or decided: retrieved documents with scores, the result of a guardrail.
import type { ReactNode } from 'react'
import type { SpanDetail } from '@/api/types'
import { shortId } from '@/base/ids'
import { plural } from '@/base/tokens'
import { Prose } from '@/widgets/prose'
import { textOf, type RetrievedDocument } from '../lib/detail'

export function Documents({ documents }: { documents: readonly RetrievedDocument[] }): ReactNode {
  const best = Math.max(0, ...documents.map((item) => item.score ?? 0))
  return (
    <section className="documents" aria-label="Documents">
      <h3>{plural(documents.length, 'document')}</h3>
      {documents.map((item, index) => (
        <div className="document" key={index}>
          <p className="row">
            <b className="mono clip" title={item.id ?? item.hash ?? undefined}>{item.id ?? (item.hash === null ? `document ${index + 1}` : shortId(item.hash, 8))}</b>
            {item.source !== null && <span className="t3 clip">{item.source}</span>}
            <span className="push row num">
              {item.score !== null && <><i className="score" aria-hidden="true"><i style={{ width: `${best > 0 ? Math.max(2, (item.score / best) * 100) : 0}%` }} /></i>{item.score.toFixed(3)}</>}
              {item.score === null && <span className="t3">no score</span>}
            </span>
          </p>
          {item.content !== null && <Prose text={item.content} />}
        </div>
      ))}
    </section>
  )
}

const GUARD_CLASS: Readonly<Record<string, string>> = { pass: 'badge better', flag: 'badge warn', mask: 'badge warn', block: 'badge warn' }

export function Guardrail({ detail }: { detail: SpanDetail }): ReactNode {
  const name = textOf(detail, 'guardrail_name')
  const result = textOf(detail, 'guardrail_result')
  if (name === null && result === null) return null
  return (
    <p className="msg row">
      <span className="t3">Guardrail</span><b className="strong">{name ?? 'unnamed'}</b>
      <span className={`push ${GUARD_CLASS[result ?? ''] ?? 'badge'}`}>{result ?? 'no result sent'}</span>
    </p>
  )
}

// The HTTP exchange as the gateway recorded it: request and answer, headers and bodies.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { exchangeQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { HeaderList, SpanDetail } from '@/api/types'
import { formatBytes, formatCount } from '@/base/tokens'
import { textOf } from '@/features/span'
import { CopyButton } from '@/widgets/copy'
import { Json } from '@/widgets/json'
import { withoutBase64 } from '@/widgets/prose'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { exchangeCurl, shownUrl, shownValue } from '../lib/exchange'

export function ExchangeView({ detail }: { detail: SpanDetail }): ReactNode {
  const { project } = useScope()
  const { data, error, isPending, refetch } = useQuery(exchangeQuery(project, detail.trace_id, detail.span_id))
  if (isPending) return <SkeletonRows count={8} />
  if (error) return <ProblemBox what="The exchange could not be read" problem={asProblem(error)} onRetry={() => void refetch()} />
  if (data === null) return <NotRecorded detail={detail} />
  const { request, response } = data
  return (
    <div className="exchange">
      <section aria-label="Request">
        <div className="exchangehead">
          <h3>Request</h3><code className="badge">{request.method}</code><code className="plain">{shownUrl(request.url)}</code>
          <span className="push"><CopyButton className="btn tiny" label="Copy as curl" text={() => exchangeCurl(data, textOf(detail, 'provider'))} /></span>
        </div>
        <Headers headers={request.headers} label="Request headers" />
        <Body body={request.body} label="Request body" />
      </section>
      <section aria-label="Response">
        <div className="exchangehead">
          <h3>Response</h3>
          {response === null || response.status === null ? <span className="badge warn">no answer came</span> : <code className={response.status >= 400 ? 'badge err' : 'badge'}>{response.status}</code>}
        </div>
        {response !== null && <><Headers headers={response.headers} label="Response headers" /><Body body={response.body} label="Response body" /></>}
      </section>
    </div>
  )
}

function NotRecorded({ detail }: { detail: SpanDetail }): ReactNode {
  const door = textOf(detail, 'capture')
  return (
    <div className="calltext">
      <p className="strong">This exchange was not recorded by the gateway.</p>
      <p className="t2">
        {door === null ? '' : `The call came in through ${door}. `}Method, address, headers and bodies are known only for calls that went through the gateway while it kept exchanges, and for as long as
        they are kept. What was sent about this call is under Raw; as code it is under Reproduce.
      </p>
      <p><Link to="/connect" className="btn">How to connect</Link></p>
    </div>
  )
}

function Headers({ headers, label }: { headers: HeaderList; label: string }): ReactNode {
  return (
    <details className="section">
      <summary>{label} <span className="t3 num">{formatCount(headers.length)}</span></summary>
      <table><tbody>{headers.map(([name, value], index) => <tr key={index}><td className="key mono">{name}</td><td className="mono">{shownValue(name, value)}</td></tr>)}</tbody></table>
    </details>
  )
}

function Body({ body, label }: { body: string | null; label: string }): ReactNode {
  return (
    <details className="section" open>
      <summary>{label} <span className="t3 num">{body === null ? '' : formatBytes(new TextEncoder().encode(body).length)}</span></summary>
      {body === null || body === '' ? <p className="t3 small rawnote">{body === null ? 'not kept' : 'empty'}</p> : (
        <div className="exchangebody"><CopyButton className="btn tiny" label="Copy" text={body} /><Json value={withoutBase64(body)} /></div>
      )}
    </details>
  )
}

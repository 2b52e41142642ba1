// Why a span failed: the class of the error, the status it came with, the message as sent.
import type { ReactNode } from 'react'
import type { SpanDetail } from '@/api/types'
import { Icon } from '@/widgets/icons'
import { errorLabel, numberOf, textOf } from '../lib/detail'

const SHOWN_CHARS = 4000

export function Failure({ detail }: { detail: SpanDetail }): ReactNode {
  if (detail['status'] !== 'error') return null
  const message = textOf(detail, 'status_message')
  const status = numberOf(detail, 'http_status')
  return (
    <div className="failure">
      <Icon name="error" size={14} />
      <div><b className="strong">{errorLabel(textOf(detail, 'error_type'))}{status !== null && ` · HTTP ${status}`}</b>{message !== null && <p className="plain">{message.slice(0, SHOWN_CHARS)}</p>}</div>
    </div>
  )
}

// Links from a trace to other programs, as the project's settings say them. Each opens apart and knows nothing of this page.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { settingsQuery } from '@/api/boards'
import { useScope } from '@/api/scope'
import type { TraceRow } from '@/api/types'
import { fillLink } from '@/base/links'
import { Icon } from '@/widgets/icons'

/** `spanId` is the one that is selected. */
export function TraceLinks({ trace, spanId }: { trace: TraceRow; spanId: string | null }): ReactNode {
  const { project } = useScope()
  const { data } = useQuery(settingsQuery(project))
  const values = { trace_id: trace.trace_id, span_id: spanId, session_id: trace.session_id, service: trace.service, release: trace.release }
  return data?.link_templates.map(({ name, url }) => {
    const href = fillLink(url, values)
    return href === null ? null : <a key={name} className="btn quiet" href={href} target="_blank" rel="noopener noreferrer" title={href}><Icon name="external" size={13} /><span className="clip tracelink">{name}</span></a>
  })
}

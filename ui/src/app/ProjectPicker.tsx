// The project: from the URL, chosen from those the server knows. A server with keys answers for the key's project, whatever the URL says.
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ingestQuery, projectsQuery } from '@/api/queries'
import { DEFAULT_PROJECT, useScope } from '@/api/scope'
import { formatCount } from '@/base/tokens'
import { Icon } from '@/widgets/icons'
import { Popover } from '@/widgets/popover'

export function ProjectPicker(): ReactNode {
  const { project: asked } = useScope()
  const navigate = useNavigate()
  const { data } = useQuery(projectsQuery(asked))
  const { data: ingest } = useQuery({ ...ingestQuery(asked, 0), refetchInterval: false })
  const known = data?.projects ?? []
  const project = (ingest?.needs_key === true ? known[0]?.name : undefined) ?? asked
  const listed = known.some((item) => item.name === project) ? known : [{ name: project, trace_count: data ? 0 : null }, ...known]
  const choose = (name: string): void => void navigate({ to: '/', search: { project: name === DEFAULT_PROJECT ? undefined : name } as never })
  return (
    <Popover trigger={<button type="button" className="pick" style={{ marginLeft: -8 }} aria-label={`Project ${project}`}><b>{project}</b><Icon name="down" size={11} /></button>}>
      {(close) => (
        <div role="menu" aria-label="Project">
          {listed.map((item) => (
            <button key={item.name} type="button" role="menuitemradio" aria-checked={item.name === project} className="item"
              onClick={() => { choose(item.name); close() }}>
              <span style={{ width: 13 }}>{item.name === project && <Icon name="check" size={13} weight={2} />}</span>
              <span className="grow">{item.name}</span>
              <span className="t3 num small">{item.trace_count === null ? '' : `${formatCount(item.trace_count)} traces`}</span>
            </button>
          ))}
        </div>
      )}
    </Popover>
  )
}

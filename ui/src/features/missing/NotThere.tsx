// What a page says when its address names what is not stored: why that may be, the same address in other projects, and ways on.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { projectsQuery } from '@/api/queries'
import { DEFAULT_PROJECT, useScope } from '@/api/scope'
import { cutText } from '@/base/ids'
import { Empty } from '@/widgets/states'

const PROJECTS_MAX = 4

/** `impossible` where no project can have it: another project is no way then. */
export function NotThere({ title, impossible = false, children, ways }: { title: string; impossible?: boolean; children: ReactNode; ways: ReactNode }): ReactNode {
  const { project } = useScope()
  const { data } = useQuery({ ...projectsQuery(project), enabled: !impossible })
  const others = (data?.projects ?? []).filter((item) => item.name !== project).slice(0, PROJECTS_MAX)
  return (
    <Empty title={title}>
      {children}
      {!impossible && others.length > 0 && (
        <p className="row wrap">{others.map(({ name }) => (
          <Link key={name} to="." search={(old: object) => ({ ...old, project: name === DEFAULT_PROJECT ? undefined : name }) as never} className="btn">Look in project {cutText(name, 40)}</Link>
        ))}</p>
      )}
      <p className="row wrap">{ways}</p>
    </Empty>
  )
}

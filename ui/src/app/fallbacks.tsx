// What stands there when a page does not: an unknown address, a page that failed, one that has not come yet.
import { Link, type ErrorComponentProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Empty, ProblemBox, SkeletonRows } from '@/widgets/states'

export function NotFound(): ReactNode {
  return (
    <Empty title="There is no page at this address">
      <p>The address may have been cut when it was copied.</p>
      <Link to="/" className="btn">Go home</Link>
    </Empty>
  )
}

export function Coming(): ReactNode {
  return <SkeletonRows count={8} title="The page is coming" />
}

export function RouteError({ error }: ErrorComponentProps): ReactNode {
  return (
    <ProblemBox alone what="This page failed"
      problem={{ message: error instanceof Error ? error.message : String(error), hint: 'Loading it again often helps. If it does not, the message above is what a bug report needs.', requestId: null }}
      onRetry={() => window.location.reload()} />
  )
}

// A link to this view for somebody else: a relative time range becomes absolute, so that both see the same.
import type { Scope } from '@/api/scope'
import { copyText } from '@/widgets/copy'

/** Pages about one thing, or about now: a time would say nothing there. */
const TIMELESS = /^\/((traces|calls)\/.+|tail|connect|ingest|prices|sql)$/

export async function copyPageLink(scope: Scope): Promise<boolean> {
  const url = new URL(window.location.href)
  if (scope.range.range !== 'all' && !TIMELESS.test(url.pathname)) {
    url.searchParams.delete('range')
    if (scope.bounds.from !== undefined) url.searchParams.set('from', scope.bounds.from)
    url.searchParams.set('to', scope.bounds.to ?? new Date().toISOString())
  }
  url.searchParams.delete('theme')
  url.searchParams.set('project', scope.project)
  return copyText(url.toString())
}

// One dashboard: its panels over the page's time and filter; and, with ?edit=1, a draft of it.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, type ReactNode } from 'react'
import { boardQuery, type Board } from '@/api/boards'
import { asProblem } from '@/api/client'
import { useScope } from '@/api/scope'
import { useFace, type Hint } from '@/widgets/hints'
import { ChartSkeleton, SaySkeleton, TilesSkeleton } from '@/widgets/skeletons'
import { Empty, ProblemBox } from '@/widgets/states'
import { BoardEditor } from './components/BoardEditor'
import { BoardView } from './components/BoardView'
import './boards.css'

const HINTS: readonly Hint[] = [['E', 'edit'], ['/', 'filter'], ['⇧R', 'refresh'], ['g b', 'all dashboards'], ['?', 'all keys']]
const EDIT_HINTS: readonly Hint[] = [['a', 'add a panel'], ['⌘S', 'save'], ['↑ ↓ ← →', 'move the panel'], ['⇧ ←', 'its size'], ['d', 'duplicate'], ['Del', 'remove']]

export function BoardPage(): ReactNode {
  const { boardId } = useParams({ strict: false }) as { boardId: string }
  const { project } = useScope()
  const { edit } = useSearch({ strict: false }) as { edit?: string }
  const { data, error, refetch } = useQuery(boardQuery(project, boardId))
  const editing = edit === '1'
  const name = data?.name ?? 'Dashboard'
  useFace({
    title: name, hints: editing ? EDIT_HINTS : HINTS, ranged: true,
    crumb: <><span className="sep">/</span><Link to="/dashboards" className="deep">Dashboards</Link><span className="sep deep">/</span><span className="clip">{name}</span></>,
  }, `board ${boardId} ${name} ${editing}`)
  useOwnRange(data)
  if (error) {
    const problem = asProblem(error)
    if (problem.status === 404) return <Empty title="This dashboard is not here"><p>Project <b>{project}</b> has none with this address. It may have been removed, or belong to another project.</p><Link to="/dashboards" className="btn">All dashboards</Link></Empty>
    return <ProblemBox alone what="The dashboard could not be read" problem={problem} onRetry={() => void refetch()} />
  }
  if (!data) return <BoardSkeleton />
  return editing ? <BoardEditor key={data.id} board={data} /> : <BoardView board={data} />
}

/** A row of numbers and two charts: what most have. */
function BoardSkeleton(): ReactNode {
  return <div className="insight wide"><h1 className="hidden">Dashboard</h1><SaySkeleton lines={2} /><TilesSkeleton count={4} /><ChartSkeleton /><ChartSkeleton /></div>
}

/** A dashboard opens with its own time, unless the address or the page before says another. */
function useOwnRange(board: Board | undefined): void {
  const { range } = useScope()
  const navigate = useNavigate()
  const opened = useRef<string | null>(null)
  useEffect(() => {
    if (!board || opened.current === board.id) return
    opened.current = board.id
    const said = range.range !== undefined || range.from !== undefined || range.to !== undefined
    if (!said && board.range !== '') void navigate({ to: '.', search: (old) => ({ ...old, range: board.range }) as never, replace: true })
  }, [board, range, navigate])
}

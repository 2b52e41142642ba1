// The dashboards of the project: open one, make one, take one in from a file.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useRef, useState, type ReactNode } from 'react'
import { addBoard, boardsQuery, type BoardEntry } from '@/api/boards'
import { asProblem } from '@/api/client'
import { useScope } from '@/api/scope'
import { formatAgo } from '@/base/time'
import { clamp, parseJson } from '@/base/values'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { Empty, ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { starterBody } from './lib/starter'
import './boards.css'

const HINTS: readonly Hint[] = [['J K', 'move'], ['↵', 'open'], ['n', 'new'], ['⌘K', 'anything'], ['?', 'all keys']]

export function BoardsPage(): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const client = useQueryClient()
  const file = useRef<HTMLInputElement>(null)
  const { data, error, refetch } = useQuery(boardsQuery(project))
  const add = useMutation({
    mutationFn: ({ body }: { body: unknown; edit: boolean }) => addBoard(project, body),
    onSuccess: (board, { edit }) => {
      void client.invalidateQueries({ queryKey: ['dashboards', project] })
      void navigate({ to: '/dashboards/$boardId', params: { boardId: board.id }, search: (edit ? { edit: '1' } : {}) as never })
    },
  })
  const [unread, setUnread] = useState<string | null>(null)
  const addEmpty = (): void => add.mutate({ body: { name: 'New dashboard', description: '', range: '', filter: '', panels: [] }, edit: true })
  const takeIn = async (chosen: File | undefined): Promise<void> => {
    setUnread(null)
    add.reset()
    if (!chosen) return
    const body = parseJson(await chosen.text())
    if (body === null || typeof body !== 'object') setUnread(`${chosen.name} is no JSON file.`)
    else add.mutate({ body, edit: false })
  }
  useFace({ title: 'Dashboards', hints: HINTS }, 'boards')
  useKeys({ n: addEmpty })
  const wrong = unread ?? (add.error ? asProblem(add.error).message : null)
  return (
    <div className="insight">
      <div className="insighthead">
        <h1>Dashboards</h1><span className="t3">of project {project}, for everybody who looks at it</span>
        <span className="row push">
          <input ref={file} type="file" accept=".json,application/json" className="hidden" tabIndex={-1} aria-label="A dashboard’s file" onChange={(event) => { void takeIn(event.target.files?.[0]); event.target.value = '' }} />
          <button type="button" className="btn" onClick={() => file.current?.click()}>Open a file</button>
          <button type="button" className="btn primary" onClick={addEmpty} disabled={add.isPending} title="n"><Icon name="plus" size={12} /> New</button>
        </span>
      </div>
      {wrong !== null && <div className="problem" role="alert"><div className="row"><Icon name="error" size={15} /> Not added</div><p>{wrong}</p></div>}
      {error ? <ProblemBox what="The dashboards could not be read" problem={asProblem(error)} onRetry={() => void refetch()} />
        : !data ? <SkeletonRows count={6} />
          : data.length === 0 ? (
            <Empty title="No dashboards yet"><p>A dashboard is a page of your own: numbers, lines, bars, tables and heatmaps of the questions you ask every day. Start with one that is ready, or with an empty one.</p>
              <div className="row wrap"><button type="button" className="btn primary" onClick={() => add.mutate({ body: starterBody, edit: false })}>Start with calls, cost and latency</button><button type="button" className="btn" onClick={addEmpty}>An empty one</button></div></Empty>
          ) : <List boards={data} />}
    </div>
  )
}

function List({ boards }: { boards: readonly BoardEntry[] }): ReactNode {
  const navigate = useNavigate()
  const [selected, setSelected] = useState(0)
  const at = clamp(selected, 0, boards.length - 1)
  const open = (board: BoardEntry | undefined): void => { if (board) void navigate({ to: '/dashboards/$boardId', params: { boardId: board.id } }) }
  const move = (step: number): void => setSelected(clamp(at + step, 0, boards.length - 1))
  useKeys({ j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1), Enter: () => open(boards[at]) })
  return (
    <section className="panel" aria-label="Dashboards">
      <Wide label="Dashboards"><table className="rows">
        <thead><tr><th>Name</th><th className="n">Panels</th><th className="n">Changed</th></tr></thead>
        <tbody>{boards.map((board, index) => (
          <tr key={board.id} data-row aria-selected={index === at} onClick={() => (index === at ? open(board) : setSelected(index))}>
            <td className="strong"><Link to="/dashboards/$boardId" params={{ boardId: board.id }} className="celllink" onClick={(event) => event.stopPropagation()}>{board.name}</Link></td>
            <td className="n">{board.panel_count}</td><td className="n t2">{formatAgo(board.updated_at)}</td>
          </tr>
        ))}</tbody>
      </table></Wide>
    </section>
  )
}

// The explorer's door to dashboards: the question on the screen becomes a panel of one.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { addBoard, boardQuery, boardsQuery, replaceBoard, type Board, type Panel } from '@/api/boards'
import { asProblem, type Problem } from '@/api/client'
import { useScope } from '@/api/scope'
import { explorerOf, type ExplorerSearch } from '@/features/metrics'
import { Icon } from '@/widgets/icons'
import { Popover } from '@/widgets/popover'
import { freeId, freePlace } from './lib/grid'
import { bodyOf } from './lib/body'
import { chartOf, questionOf, SIZES, titleOf } from './lib/panel'
import './boards.css'

export function AddToBoard(): ReactNode {
  return (
    <Popover align="end" label="Add to a dashboard" trigger={<button type="button" className="btn quiet tiny" data-addboard><Icon name="boards" size={13} /> Add to dashboard</button>}>
      {() => <Choice />}
    </Popover>
  )
}

function Choice(): ReactNode {
  const { project } = useScope()
  const client = useQueryClient()
  const search = useSearch({ strict: false }) as ExplorerSearch
  const boards = useQuery(boardsQuery(project))
  const explorer = explorerOf(search)
  const chart = chartOf(explorer)
  const query = questionOf(explorer, search.filter ?? '', chart)
  const [title, setTitle] = useState('')
  const [problem, setProblem] = useState<Problem | null>(null)
  const [added, setAdded] = useState<Board | null>(null)
  const [busy, setBusy] = useState(false)
  const [w, h] = SIZES[chart]
  const panelFor = (panels: readonly Panel[]): Panel => ({ id: freeId(panels), title: title.trim(), chart, query, w, h, ...freePlace(panels, w, h) })
  const run = (work: () => Promise<Board>): void => {
    setBusy(true)
    setProblem(null)
    work().then((board) => {
      client.setQueryData(boardQuery(project, board.id).queryKey, board)
      void client.invalidateQueries({ queryKey: ['dashboards', project] })
      setAdded(board)
    }, (error: unknown) => setProblem(asProblem(error))).finally(() => setBusy(false))
  }
  // Read again first: what this page knew of it may be old, and the panel wants a free place.
  const addTo = (id: string): void => run(async () => {
    const board = await client.fetchQuery({ ...boardQuery(project, id), staleTime: 0 })
    return replaceBoard(project, id, { ...bodyOf(board), version: board.version, panels: [...board.panels, panelFor(board.panels)] })
  })
  const addNew = (): void => run(() => addBoard(project, { name: titleOf({ title: title.trim(), chart, query }), description: '', range: '', filter: '', panels: [panelFor([])] }))
  if (added) return <p className="addboard" role="status">Added to <Link className="link" to="/dashboards/$boardId" params={{ boardId: added.id }}>{added.name}</Link></p>
  return (
    <div className="addboard">
      <label>Title <input className="plain" value={title} maxLength={120} placeholder={titleOf({ title: '', chart, query })} onChange={(event) => setTitle(event.target.value)} /></label>
      {problem && <p className="err small" role="alert">{problem.message}</p>}
      {boards.isError && <p className="err small" role="alert">The dashboards could not be read: {asProblem(boards.error).message}</p>}
      <div className="addboardlist">{boards.data?.map((board) => <button key={board.id} type="button" className="item" disabled={busy} onClick={() => addTo(board.id)}><Icon name="boards" size={13} /><span className="clip grow">{board.name}</span><span className="t3 small num">{board.panel_count}</span></button>)}
        <button type="button" className="item" disabled={busy} onClick={addNew}><Icon name="plus" size={13} /><span>A new dashboard</span></button></div>
    </div>
  )
}

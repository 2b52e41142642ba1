// A dashboard as everybody sees it. The filter of the page narrows the dashboard's own.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { boardQuery, removeBoard, type Board, type Panel } from '@/api/boards'
import { asProblem } from '@/api/client'
import { useScope } from '@/api/scope'
import { useMarks } from '@/api/useArrivals'
import { useFilterVerdict, useReadFilter } from '@/api/useReadFilter'
import { useWindow } from '@/api/useWindow'
import { joinTerms } from '@/base/filter'
import { saveText } from '@/widgets/copy'
import { FilterBar } from '@/widgets/filterbar'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { Modal } from '@/widgets/modal'
import { Empty, SkeletonRows } from '@/widgets/states'
import { Unread } from '@/widgets/unread'
import { useFilter } from '@/widgets/useFilter'
import { fileName, fileText } from '../lib/body'
import { doorOf, hasMarks, hasTable, searchOf, titleOf } from '../lib/panel'
import { Grid } from './Grid'
import { PanelBody } from './PanelBody'

export function BoardView({ board }: { board: Board }): ReactNode {
  const window = useWindow()
  const navigate = useNavigate()
  const handle = useFilter()
  const read = useReadFilter('calls')
  const verdict = useFilterVerdict('calls', handle.filter)
  const [removing, setRemoving] = useState(false)
  const [tables, setTables] = useState<ReadonlySet<string>>(new Set())
  const edit = (): void => void navigate({ to: '.', search: (old) => ({ ...old, edit: '1' }) as never })
  const filter = joinTerms([board.filter, handle.filter])
  const marks = useMarks(board.panels.some(hasMarks) ? window : null, filter)
  const turn = (id: string): void => setTables((old) => (old.has(id) ? new Set([...old].filter((other) => other !== id)) : new Set([...old, id])))
  useKeys({ E: edit })
  return (
    <div className="insight wide board">
      <div className="insighthead">
        <h1>{board.name}</h1>{board.description !== '' && <span className="t3 boardabout">{board.description}</span>}
        <span className="row push wrap">
          {board.filter !== '' && <span className="badge" title="Every panel is asked with this filter">only <code>{board.filter}</code></span>}
          <button type="button" className="btn" onClick={edit}><Icon name="edit" size={13} /> Edit</button>
          <button type="button" className="btn quiet" onClick={() => saveText(fileName(board.name), fileText(board), 'application/json')}><Icon name="download" size={13} /> File</button>
          <button type="button" className="btn quiet" onClick={() => setRemoving(true)}>Remove</button>
        </span>
      </div>
      <FilterBar read={read} filter={handle.filter} onChange={handle.setFilter} placeholder="model:…  feature:…  status:error, for every panel" />
      {board.panels.length === 0
        ? <Empty title="No panels yet"><p>A panel is a question about calls, spans or traces: a number, lines, bars, a table or a heatmap. Add one here, or take one along from the metrics explorer.</p><div className="row wrap"><button type="button" className="btn primary" onClick={edit}>Add panels</button><Link to="/explore" className="btn">Open Metrics</Link></div></Empty>
        : verdict === 'wrong' ? <Unread onClear={() => handle.setFilter('')} /> : window === null || verdict === 'reading' ? <SkeletonRows count={8} />
          : <Grid panels={board.panels} editing={null} doors={(panel) => <Doors panel={panel} filter={filter} asTable={tables.has(panel.id)} onTable={() => turn(panel.id)} />}
            body={(panel) => <PanelBody panel={panel} window={window} filter={filter} marks={marks} asTable={tables.has(panel.id)} />} />}
      <Removal board={board} open={removing} onClose={() => setRemoving(false)} />
    </div>
  )
}

function Doors({ panel, filter, asTable, onTable }: { panel: Panel; filter: string; asTable: boolean; onTable: () => void }): ReactNode {
  const door = doorOf(panel, filter)
  const { filter: own, ...question } = searchOf(panel)
  const whole = joinTerms([filter, own ?? ''])
  const name = titleOf(panel)
  return (
    <>
      {hasTable(panel) && <button type="button" className="btn icon quiet tiny" aria-pressed={asTable} onClick={onTable} aria-label={`${name}: as a table`} title={asTable ? 'As a chart' : 'As a table'}><Icon name={asTable ? 'metrics' : 'table'} size={13} /></button>}
      <Link to="/explore" search={{ ...question, ...(whole === '' ? {} : { filter: whole }) } as never} className="btn icon quiet tiny" aria-label={`${name}: ask on in Metrics`} title="Ask on in Metrics"><Icon name="metrics" size={13} /></Link>
      <Link to={door.to} search={{ filter: door.filter === '' ? undefined : door.filter } as never} className="btn icon quiet tiny" aria-label={`${name}: open its ${panel.query.unit ?? 'calls'}`} title={`Open its ${door.to.slice(1)}`}><Icon name={door.to === '/calls' ? 'calls' : 'traces'} size={13} /></Link>
    </>
  )
}

function Removal({ board, open, onClose }: { board: Board; open: boolean; onClose: () => void }): ReactNode {
  const { project } = useScope()
  const client = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => removeBoard(project, board.id),
    onSuccess: async () => {
      await navigate({ to: '/dashboards' })
      await client.invalidateQueries({ queryKey: ['dashboards', project] })
      client.removeQueries({ queryKey: boardQuery(project, board.id).queryKey })
    },
  })
  return (
    <Modal open={open} onClose={onClose} label="Remove this dashboard" className="removal">
      <div className="panelformbody">
        <h1>Remove “{board.name}”?</h1>
        <p className="t2">It goes for everybody of project {project}. Its file brings it back.</p>
        {remove.error && <p className="err small" role="alert">{asProblem(remove.error).message}</p>}
        <div className="row"><button type="button" className="btn primary" disabled={remove.isPending} onClick={() => remove.mutate()}>Remove it</button><button type="button" className="btn" onClick={onClose}>Keep it</button></div>
      </div>
    </Modal>
  )
}

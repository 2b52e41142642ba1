// A draft of a dashboard: its words, its panels, their places. Nothing is kept until it is saved, and nothing is overwritten
// that somebody else saved meanwhile.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useBlocker, useNavigate } from '@tanstack/react-router'
import { useRef, useState, type ReactNode } from 'react'
import { addBoard, boardQuery, replaceBoard, type Board, type BoardBody, type Panel } from '@/api/boards'
import { asProblem, type Problem } from '@/api/client'
import { useScope } from '@/api/scope'
import { useMarks } from '@/api/useArrivals'
import { useReadFilter } from '@/api/useReadFilter'
import { useWindow } from '@/api/useWindow'
import { RELATIVE, describeRange } from '@/base/range'
import { FilterBar } from '@/widgets/filterbar'
import { Icon } from '@/widgets/icons'
import { keyName, useKeys } from '@/widgets/keys'
import { SkeletonRows } from '@/widgets/states'
import { bodyOf } from '../lib/body'
import { PANELS_MAX, freeId, freePlace, settled } from '../lib/grid'
import { SIZES, hasMarks } from '../lib/panel'
import { Grid } from './Grid'
import { PanelBody } from './PanelBody'
import { PanelForm } from './PanelForm'

const newPanel = (panels: readonly Panel[]): Panel => ({ id: freeId(panels), title: '', chart: 'line', x: 0, y: 0, w: SIZES.line[0], h: SIZES.line[1], query: { measures: ['count'] } })

/** `opened` is what was read when the editing began: what others save meanwhile does not take the draft away. */
export function BoardEditor({ board: opened }: { board: Board }): ReactNode {
  const [board, setBoard] = useState(opened)
  const { project } = useScope()
  const window = useWindow()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [draft, setDraft] = useState<BoardBody>(() => bodyOf(board))
  const [form, setForm] = useState<{ panel: Panel; isNew: boolean } | null>(null)
  const marks = useMarks(draft.panels.some(hasMarks) ? window : null, draft.filter)
  const leaving = useRef(false)
  const dirty = JSON.stringify(draft) !== JSON.stringify(bodyOf(board))
  useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && !leaving.current && current.pathname !== next.pathname && !globalThis.confirm('Leave without saving what you changed?'),
    enableBeforeUnload: () => dirty && !leaving.current,
  })
  const finish = (): void => {
    leaving.current = true
    void navigate({ to: '.', search: (old) => ({ ...old, edit: undefined }) as never })
  }
  const done = (saved: Board): void => {
    leaving.current = true
    client.setQueryData(boardQuery(project, saved.id).queryKey, saved)
    void client.invalidateQueries({ queryKey: ['dashboards', project] })
    if (saved.id === board.id) finish()
    else void navigate({ to: '/dashboards/$boardId', params: { boardId: saved.id } })
  }
  const save = useMutation({ mutationFn: () => replaceBoard(project, board.id, { ...draft, version: board.version }), onSuccess: done })
  const saveAs = useMutation({ mutationFn: () => addBoard(project, { ...draft, name: `${draft.name} (mine)` }), onSuccess: done })
  const set = (part: Partial<BoardBody>): void => setDraft((old) => ({ ...old, ...part }))
  const setPanels = (panels: Panel[]): void => set({ panels })
  const full = draft.panels.length >= PANELS_MAX
  const add = (): void => { if (!full) setForm({ panel: newPanel(draft.panels), isNew: true }) }
  const trySave = (): void => { if (dirty && !save.isPending) save.mutate() }
  useKeys({ a: add, 'mod+s': trySave })
  const take = (panel: Panel): void => {
    if (form?.isNew) setPanels([...draft.panels, { ...panel, ...freePlace(draft.panels, panel.w, panel.h) }])
    else setPanels(settled(draft.panels.map((item) => (item.id === panel.id ? panel : item)), panel))
    setForm(null)
  }
  const load = useMutation({
    mutationFn: () => client.fetchQuery({ ...boardQuery(project, board.id), staleTime: 0 }),
    onSuccess: (theirs) => {
      setBoard(theirs)
      setDraft(bodyOf(theirs))
      save.reset()
    },
  })
  const failure = load.error ?? saveAs.error ?? save.error
  const problem = failure ? asProblem(failure) : null
  return (
    <div className="insight wide board editing">
      <Words draft={draft} set={set} />
      <div className="row wrap editbar">
        <button type="button" className="btn" onClick={add} disabled={full} title="a"><Icon name="plus" size={12} /> Add a panel</button>
        {full && <span className="t3 small">{PANELS_MAX} panels are the most; make a second dashboard</span>}
        <span className="row push"><span className="t3 small" role="status">{save.isPending ? 'Saving…' : dirty ? 'Not saved yet' : 'Nothing changed'}</span>
          <button type="button" className="btn" onClick={finish}>{dirty ? 'Discard changes' : 'Done'}</button>
          <button type="button" className="btn primary" onClick={trySave} disabled={!dirty || save.isPending} title={keyName('⌘S')}>Save</button></span>
      </div>
      {problem && <Trouble problem={problem} onTheirs={() => load.mutate()} onMine={() => saveAs.mutate()} />}
      {draft.panels.length === 0 && <p className="panelnote t2">An empty dashboard. Add its first panel with <kbd>a</kbd>.</p>}
      {window === null ? <SkeletonRows count={8} /> : (
        <Grid panels={draft.panels} doors={() => null} body={(panel) => <PanelBody panel={panel} window={window} filter={draft.filter} marks={marks} asTable={false} />}
          editing={{
            onChange: setPanels, onEdit: (panel) => setForm({ panel, isNew: false }), onRemove: (panel) => setPanels(settled(draft.panels.filter((item) => item.id !== panel.id))),
            onDuplicate: (panel) => { if (!full) setPanels([...draft.panels, { ...panel, id: freeId(draft.panels), ...freePlace(draft.panels, panel.w, panel.h) }]) },
          }} />
      )}
      <PanelForm panel={form?.panel ?? null} isNew={form?.isNew ?? false} onClose={() => setForm(null)} onDone={take} />
    </div>
  )
}

function Words({ draft, set }: { draft: BoardBody; set: (part: Partial<BoardBody>) => void }): ReactNode {
  const read = useReadFilter('calls')
  return (
    <div className="boardwords">
      <h1 className="hidden">{draft.name}</h1>
      <label>Name <input className="plain" value={draft.name} maxLength={120} onChange={(event) => set({ name: event.target.value })} /></label>
      <label>What it is for <input className="plain" value={draft.description} maxLength={500} placeholder="one line for whoever opens it" onChange={(event) => set({ description: event.target.value })} /></label>
      <label>Opens with
        <select className="chooser" value={draft.range} onChange={(event) => set({ range: event.target.value })}>
          <option value="">the time of the page before</option>
          {[...new Set([...RELATIVE, 'all', ...(draft.range === '' ? [] : [draft.range])])].map((name) => <option key={name} value={name}>{describeRange({ range: name }, 0)}</option>)}
        </select></label>
      <div className="boardfilter"><span className="small t2">Filter of every panel</span><FilterBar read={read} filter={draft.filter} onChange={(filter) => set({ filter })} placeholder="environment:production  service:…" label="Filter of every panel" /></div>
    </div>
  )
}

function Trouble({ problem, onTheirs, onMine }: { problem: Problem; onTheirs: () => void; onMine: () => void }): ReactNode {
  return (
    <div className="problem" role="alert">
      <div className="row"><Icon name="error" size={15} /> Not saved</div>
      <p>{problem.message}</p>
      {problem.hint !== null && <p className="t2">{problem.hint}</p>}
      <div className="row wrap">{problem.status === 409 && <button type="button" className="btn" onClick={onTheirs}>Load theirs, lose mine</button>}{(problem.status === 409 || problem.status === 404) && <button type="button" className="btn" onClick={onMine}>Save mine as a new dashboard</button>}
        {problem.requestId !== null && <span className="small t2">request <code>{problem.requestId}</code></span>}</div>
    </div>
  )
}

// A panel's title, chart and question, in the explorer's own controls.
import { useQuery } from '@tanstack/react-query'
import { useId, useState, type ReactNode } from 'react'
import { CHARTS, type ChartKind, type Panel } from '@/api/boards'
import { scoreNamesQuery } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { useReadFilter } from '@/api/useReadFilter'
import { explorerOf, Question, type ExplorerSearch } from '@/features/metrics'
import { Modal } from '@/widgets/modal'
import { CHART_NAMES, questionOf, searchOf, SIZES, titleOf, unseenOf } from '../lib/panel'

interface Props {
  /** Null where nothing is changed; a panel without a place is a new one. */
  panel: Panel | null
  isNew: boolean
  onClose: () => void
  onDone: (panel: Panel) => void
}

export function PanelForm(props: Props): ReactNode {
  const label = props.isNew ? 'Add a panel' : 'Change the panel'
  return <Modal open={props.panel !== null} onClose={props.onClose} label={label} className="panelform">{props.panel && <Form {...props} panel={props.panel} label={label} />}</Modal>
}

const MEANT: Readonly<Record<ChartKind, string>> = {
  number: 'One measure, large, with the period before.', line: 'Measures over time, or one measure by group.', bar: 'One measure for each group.', table: 'Measures in columns, groups in rows.', heatmap: 'How the values of one number lie over time.',
}

function Form({ panel, isNew, label, onClose, onDone }: Props & { panel: Panel; label: string }): ReactNode {
  const { project } = useScope()
  const id = useId()
  const scores = useQuery(scoreNamesQuery(project))
  const [title, setTitle] = useState(panel.title)
  const [chart, setChart] = useState<ChartKind>(panel.chart)
  const [search, setSearch] = useState<ExplorerSearch>(() => searchOf(panel))
  const [filter, setFilter] = useState(panel.query.filter ?? '')
  const [wrong, setWrong] = useState<string | null>(null)
  const explorer = explorerOf({ ...search, view: chart === 'heatmap' ? 'heat' : 'lines' })
  const read = useReadFilter(explorer.unit)
  const query = { ...(chart === 'heatmap' ? {} : unseenOf(panel.query)), ...questionOf(explorer, filter.trim(), chart) }
  const needsGroup = chart === 'bar' && explorer.by.length === 0
  const submit = async (): Promise<void> => {
    if (needsGroup) return setWrong('Bars are of groups: add a dimension to group by.')
    const answer = await read(filter.trim()).catch(() => null)
    if (answer?.error) return setWrong(`Filter: ${answer.error.message}${answer.error.suggestion ? `; did you mean ${answer.error.suggestion}?` : ''}`)
    const [w, h] = isNew || panel.chart !== chart ? SIZES[chart] : [panel.w, panel.h]
    onDone({ ...panel, title: title.trim(), chart, query, w, h })
  }
  return (
    <form className="panelformbody" onSubmit={(event) => { event.preventDefault(); void submit() }}>
      <h1>{label}</h1>
      <div className="row wrap">
        <span className="seg" role="group" aria-label="Chart">{CHARTS.map((kind) => <button key={kind} type="button" aria-pressed={chart === kind} onClick={() => { setChart(kind); setWrong(null) }}>{CHART_NAMES[kind]}</button>)}</span>
        <span className="t3 small">{MEANT[chart]}</span>
      </div>
      <Question explorer={explorer} scores={scores.data ?? []} views={false} set={(part) => { setWrong(null); setSearch((old) => ({ ...old, ...part })) }} />
      <label className="formrow" htmlFor={`${id}-filter`}>Filter <input id={`${id}-filter`} className="plain mono" value={filter} spellCheck={false} placeholder="model:…  status:error  cost_usd>0.05" onChange={(event) => { setFilter(event.target.value); setWrong(null) }} /></label>
      <label className="formrow" htmlFor={`${id}-title`}>Title <input id={`${id}-title`} className="plain" value={title} maxLength={120} placeholder={titleOf({ title: '', chart, query })} onChange={(event) => setTitle(event.target.value)} /></label>
      {wrong !== null && <p className="err small" role="alert">{wrong}</p>}
      <div className="row"><button type="submit" className="btn primary">{isNew ? 'Add' : 'Done'}</button><button type="button" className="btn" onClick={onClose}>Cancel</button></div>
    </form>
  )
}

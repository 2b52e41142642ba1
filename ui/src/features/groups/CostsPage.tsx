// Costs: where the money goes, what the month will come to, and what the same traffic would have cost on another model.
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { forecastQuery, whatIfQuery } from '@/api/metrics'
import { pricesQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { formatChange, formatValue, numberOf } from '@/base/measure'
import { formatDay, parseTime } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'
import { isRecord } from '@/base/values'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { Growth } from './components/Growth'
import { Largest } from './components/Largest'
import { Judging, Storage } from './components/Overheads'
import { GroupPage, type GroupContext } from './GroupPage'
import { pricedModel, type PricedModel } from './lib/priced'

export function CostsPage(): ReactNode {
  return <GroupPage id="costs" extra={(context) => <><div className="extras"><Forecast context={context} /><Growth context={context} /><Judging context={context} /><Storage context={context} /><WhatIf context={context} /></div><Largest context={context} /></>} />
}

const DAY_MS = 86_400_000

function Forecast({ context: { filter } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const { data, error, refetch } = useQuery(forecastQuery(project, 'sum(cost_usd)', filter))
  const [actual, expected, low, high] = [data?.actual, data?.forecast, data?.low, data?.high].map(numberOf)
  const most = Math.max(high ?? expected ?? actual ?? 0, Number.MIN_VALUE)
  const at = (value: number | null | undefined): string => `${Math.max(0, Math.min(1, (value ?? 0) / most)) * 100}%`
  return (
    <section className="panel" aria-label="Forecast of the month">
      <header><h2>This month</h2>{data && <span className="t3 small">{formatDay(parseTime(data.from), Date.now())} – {formatDay(parseTime(data.to) - DAY_MS, Date.now())}, whatever time is chosen above</span>}</header>
      {error ? <ProblemBox what="The forecast could not be made" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <SkeletonRows count={3} /> : (
        <div className="forecast">
          <p><span className="forecastvalue">{formatValue('usd', actual)}</span> <span className="t2">so far</span></p>
          {expected == null ? <p className="t2">Too few whole days are known to say what the month will come to.</p> : (
            <>
              <p><span className="forecastvalue">≈ {formatValue('usd', expected)}</span> <span className="t2">at its end; {formatValue('usd', low)} to {formatValue('usd', high)} in 95 of 100 months like this</span></p>
              <div className="forecastbar" aria-hidden="true"><i className="band" style={{ left: at(low), right: `calc(100% - ${at(high)})` }} /><i className="done" style={{ width: at(actual) }} /><i className="mark" style={{ left: at(expected) }} /></div>
              <p className="t3 small">From {plural(data.days_used, 'whole day')} before today{data.method.includes('weekday') ? ', each day like its weekday' : ''}. Unpriced calls are in neither number.</p>
            </>
          )}
        </div>
      )}
    </section>
  )
}

function modelsOf(answer: Record<string, unknown> | undefined): PricedModel[] {
  const rows = answer?.['prices']
  const models = (Array.isArray(rows) ? rows : []).flatMap((row: unknown) => (isRecord(row) && typeof row['provider'] === 'string' && typeof row['model'] === 'string' ? [{ provider: row['provider'], model: row['model'] }] : []))
  return [...new Map(models.map((item) => [`${item.provider}/${item.model}`, item])).values()]
}

const SEARCH_MIN = 3
const OFFERED_MAX = 40

function WhatIf({ context: { window, filter } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const [text, setText] = useState('')
  const [asked, setAsked] = useState<PricedModel | null>(null)
  const [wrong, setWrong] = useState(false)
  const words = text.slice(text.indexOf('/') + 1).trim()
  const prices = useQuery({ ...pricesQuery(project, words, false), enabled: words.length >= SEARCH_MIN })
  const known = modelsOf(prices.data)
  const { data, error, isFetching, refetch } = useQuery({ ...whatIfQuery(project, { ...window, filter, provider: asked?.provider ?? '', model: asked?.model ?? '' }), enabled: asked !== null })
  const ask = async (): Promise<void> => {
    const fresh = modelsOf((await prices.refetch()).data)
    const found = pricedModel(text, fresh)
    setWrong(found === null)
    if (found) setAsked(found)
  }
  return (
    <section className="panel" aria-label="What if">
      <header><h2>On another model</h2><span className="t3 small">the same calls and tokens, priced as that model was when they were made</span></header>
      <form className="whatif" onSubmit={(event) => { event.preventDefault(); void ask() }}>
        <label className="row">Priced as <input className="plain mono" list="priced-models" value={text} placeholder="gpt-4.1-mini" spellCheck={false} onChange={(event) => { setText(event.target.value); setWrong(false) }} /></label>
        <datalist id="priced-models">{known.slice(0, OFFERED_MAX).map((item) => <option key={`${item.provider}/${item.model}`} value={`${item.provider}/${item.model}`} />)}</datalist>
        <button type="submit" className="btn" disabled={words.length < SEARCH_MIN}>Ask</button>
        {wrong && <span className="err small" role="alert">No price is known for “{text}”. Choose one that is offered, or set a rate under Prices.</span>}
      </form>
      {error ? <ProblemBox what="The question was not answered" problem={asProblem(error)} onRetry={() => void refetch()} /> : asked !== null && isFetching ? <SkeletonRows count={3} /> : data && (
        <>
          <p className="panelnote">{data.what_if_cost_usd === null ? 'None of these calls could be priced so.' : <><b className="strong">{formatValue('usd', data.what_if_cost_usd)}</b> instead of {formatValue('usd', data.cost_usd)}: <b className={(numberOf(data.difference_usd) ?? 0) > 0 ? 'warn' : 'better'}>{formatChange('usd', numberOf(data.what_if_cost_usd), numberOf(data.cost_usd)) ?? ''}</b> over {plural(data.calls, 'call')}{data.what_if_unpriced_calls > 0 ? `, ${formatCount(data.what_if_unpriced_calls)} of them without a price` : ''}.</>}</p>
          {data.models.length > 0 && <Wide label="By model"><table><thead><tr><th>Model now</th><th className="n">Calls</th><th className="n">Cost</th><th className="n">As {data.model}</th></tr></thead>
            <tbody>{data.models.map((item) => <tr key={`${item.provider}/${item.model}`}><td>{item.model} <span className="t3">{item.provider}</span></td><td className="n">{formatCount(item.calls)}</td><td className="n">{formatValue('usd', item.cost_usd)}</td><td className="n">{formatValue('usd', item.what_if_cost_usd)}</td></tr>)}</tbody></table></Wide>}
          <p className="panelnote small t3">≈ {data.note}.</p>
        </>
      )}
    </section>
  )
}

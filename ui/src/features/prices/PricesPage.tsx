// The price table: search it, see what has no price, give a model a rate of one's own.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useDeferredValue, useState, type ReactNode } from 'react'
import { asProblem, request } from '@/api/client'
import { overridesQuery, pricesQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { cutText } from '@/base/ids'
import { formatRate } from '@/base/money'
import { formatAgo } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { ProblemBox, ProblemLine, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { EMPTY_DRAFT, overrideBody, readPrices, readUnpriced, type OverrideDraft, type PriceView } from './lib/prices'
import './prices.css'

const HINTS: readonly Hint[] = [['/', 'find a model'], ['g t', 'traces'], ['?', 'all keys']]
const SHOWN_ROWS = 200
const PATH = '/api/v1/prices/overrides'

export function PricesPage(): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as { find?: string; unpriced?: string }
  const find = search.find ?? ''
  const deferred = useDeferredValue(find)
  const [draft, setDraft] = useState<OverrideDraft | null>(null)
  const unpriced = useQuery(pricesQuery(project, '', true))
  const overrides = useQuery(overridesQuery(project))
  const prices = useQuery(pricesQuery(project, deferred, false))
  useFace({ title: 'Prices', hints: HINTS }, 'prices')
  useKeys({ '/': () => document.querySelector<HTMLElement>('[data-filter]')?.focus() })
  const missing = unpriced.data ? readUnpriced(unpriced.data) : []
  return (
    <div className="prices">
      <div className="row wrap"><h1>Prices</h1><span className="t3">dollars per million tokens</span>
        <button type="button" className="btn push" onClick={() => setDraft(EMPTY_DRAFT)}>Set a rate</button></div>
      {draft && <OverrideForm start={draft} key={draft.model} onClose={() => setDraft(null)} />}
      {missing.length > 0 && (
        <section className="panel" aria-label="Unpriced models">
          <header><span className="warn"><Icon name="warning" size={14} /></span><h2>{plural(missing.length, 'model')} without a price</h2><span className="t3 small push">their calls are shown as unpriced, never as $0</span></header>
          <Wide label="Unpriced models"><table>
            <thead><tr><th>Provider</th><th>Model</th><th className="n">Calls</th><th className="lastseen">Last seen</th><th><span className="hidden">Action</span></th></tr></thead>
            <tbody>{missing.map((item) => (
              <tr key={item.provider + item.model}>
                <td>{item.provider || <span className="t3">not known</span>}</td><td className="mono" title={item.model}>{cutText(item.model)}</td><td className="n">{formatCount(item.calls)}</td>
                <td className="t2 nowrap lastseen">{item.lastSeen === null ? '—' : formatAgo(item.lastSeen)}</td>
                <td className="n"><button type="button" className="btn tiny" onClick={() => setDraft({ ...EMPTY_DRAFT, provider: item.provider, model: item.model })}>Set a rate</button></td>
              </tr>
            ))}</tbody>
          </table></Wide>
        </section>
      )}
      {unpriced.isSuccess && missing.length === 0 && <p className="t2 row"><span className="better"><Icon name="check" size={14} weight={2} /></span>Every model seen has a price.</p>}
      {unpriced.error && !prices.error && <ProblemLine what="The models without a price could not be read" problem={asProblem(unpriced.error)} onRetry={() => void unpriced.refetch()} />}
      {overrides.error && <ProblemBox what="The overrides could not be read" problem={asProblem(overrides.error)} onRetry={() => void overrides.refetch()} />}
      {overrides.data && readPrices(overrides.data).length > 0 && <Overrides prices={readPrices(overrides.data)} />}
      <section className="panel" aria-label="Price table">
        <header className="findhead">
          <h2>Table</h2>
          <label className="field grow"><Icon name="search" size={13} />
            <input data-filter value={find} placeholder="Find a provider or model" aria-label="Find a provider or model" spellCheck={false}
              onChange={(event) => void navigate({ to: '.', search: (old) => ({ ...old, find: event.target.value || undefined }) as never, replace: true })} /></label>
        </header>
        {prices.isPending && <SkeletonRows count={10} />}
        {prices.error && <ProblemBox what="The prices could not be read" problem={asProblem(prices.error)} onRetry={() => void prices.refetch()} />}
        {prices.data && <Table prices={readPrices(prices.data)} find={deferred} />}
      </section>
    </div>
  )
}

function Rates({ rates }: { rates: PriceView['rates'] }): ReactNode {
  return <span className="rates">{rates.map(([name, rate]) => <span key={name}><span className="t3">{name.replaceAll('_', ' ')}</span> <span className="num">{formatRate(rate)}</span></span>)}{rates.length === 0 && <span className="t3">—</span>}</span>
}

function Table({ prices, find }: { prices: readonly PriceView[]; find: string }): ReactNode {
  // Most tables have neither date nor tier: columns that would hold only dashes are left out.
  const shown = prices.slice(0, SHOWN_ROWS)
  const dated = shown.some((item) => item.from !== null)
  const tiered = shown.some((item) => item.tier !== null)
  if (prices.length === 0) return <p className="panelnote t2">No price matches “{find}”.</p>
  return (
    <>
      <Wide label="Price table"><table className="pricelist">
        <thead><tr><th>Provider</th><th>Model</th><th>Rates</th>{dated && <th>Since</th>}{tiered && <th>Tier</th>}</tr></thead>
        <tbody>{shown.map((item) => (
          <tr key={item.id + item.model + item.from + item.tier}>
            <td>{item.provider}</td><td className="mono" title={item.id}>{item.model}</td><td><Rates rates={item.rates} /></td>{dated && <td className="nowrap t2">{item.from?.slice(0, 10) ?? '—'}</td>}{tiered && <td className="t2">{item.tier ?? ''}</td>}
          </tr>
        ))}</tbody>
      </table></Wide>
      {prices.length > SHOWN_ROWS && <p className="panelnote t2">The first {SHOWN_ROWS} of {formatCount(prices.length)}: type more of the name.</p>}
    </>
  )
}

function usePriceChange(onDone: () => void): ReturnType<typeof useMutation<unknown, Error, { method: 'PUT' | 'DELETE'; body: Record<string, unknown> }>> {
  const { project } = useScope()
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ method, body }) => request<unknown>(PATH, method === 'PUT' ? { project, method, body } : { project, method, params: { price_id: String(body['price_id']) } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['prices'] })
      void client.invalidateQueries({ queryKey: ['price-overrides'] })
      onDone()
    },
  })
}

function Overrides({ prices }: { prices: readonly PriceView[] }): ReactNode {
  const change = usePriceChange(() => undefined)
  return (
    <section className="panel" aria-label="Overrides">
      <header><h2>Your rates</h2><span className="t3 small push">they win over the table, from their date on</span></header>
      <Wide label="Overrides"><table>
        <thead><tr><th>Provider</th><th>Model</th><th>Since</th><th>Rates</th><th><span className="hidden">Action</span></th></tr></thead>
        <tbody>{prices.map((item) => (
          <tr key={item.id}><td>{item.provider || 'any'}</td><td className="mono">{item.model}</td><td className="t2 nowrap">{item.from?.slice(0, 10) ?? '—'}</td><td><Rates rates={item.rates} /></td>
            <td className="n"><button type="button" className="btn tiny" onClick={() => change.mutate({ method: 'DELETE', body: { price_id: item.id } })}>Remove</button></td></tr>
        ))}</tbody>
      </table></Wide>
      {change.error && <ProblemBox what="The rate was not removed" problem={asProblem(change.error)} />}
    </section>
  )
}

function OverrideForm({ start, onClose }: { start: OverrideDraft; onClose: () => void }): ReactNode {
  const [draft, setDraft] = useState(start)
  const [wrong, setWrong] = useState<string | null>(null)
  const change = usePriceChange(onClose)
  const field = (name: keyof OverrideDraft, label: string, hint: string): ReactNode => (
    <label className="ratefield"><span className="t2 small">{label}</span>
      <input className="plain mono" value={draft[name]} placeholder={hint} onChange={(event) => setDraft({ ...draft, [name]: event.target.value })} /></label>
  )
  const save = (): void => {
    const made = overrideBody(draft)
    if ('wrong' in made) return setWrong(made.wrong)
    setWrong(null)
    change.mutate({ method: 'PUT', body: made.body })
  }
  return (
    <form className="panel rateform" aria-label="Set a rate" onSubmit={(event) => { event.preventDefault(); save() }}>
      {field('provider', 'Provider', 'any')}{field('model', 'Model', 'my-model')}{field('input', 'Input', '2.50')}{field('output', 'Output', '10.00')}
      {field('cacheRead', 'Cache read', 'not set')}{field('cacheWrite', 'Cache write', 'not set')}{field('from', 'In force since', '2026-11-21')}
      <div className="row ratebuttons">
        {wrong !== null && <span className="err" role="alert">{wrong}</span>}
        <button type="button" className="btn quiet push" onClick={onClose}>Cancel</button>
        <button type="submit" className="btn primary" disabled={change.isPending}>Save rate</button>
      </div>
      {change.error && <ProblemBox what="The rate was not saved" problem={asProblem(change.error)} />}
    </form>
  )
}

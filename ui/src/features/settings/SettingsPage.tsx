// The project's settings: its time zone, its links to other programs. One form, saved as a whole.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useMemo, useState, type ReactNode } from 'react'
import { changeSettings, settingsQuery, type LinkTemplate, type ProjectSettings } from '@/api/boards'
import { asProblem } from '@/api/client'
import { useScope } from '@/api/scope'
import { fillLink, LINK_PLACES } from '@/base/links'
import { formatAgo } from '@/base/time'
import { isZone } from '@/base/zone'
import { useFace, type Hint } from '@/widgets/hints'
import { Icon } from '@/widgets/icons'
import { TableSkeleton } from '@/widgets/skeletons'
import { ProblemBox } from '@/widgets/states'
import './settings.css'

const HINTS: readonly Hint[] = [['g b', 'dashboards'], ['⌘K', 'anything'], ['?', 'all keys']]
const LINKS_MAX = 10

export function SettingsPage(): ReactNode {
  const { project } = useScope()
  const { data, error, refetch } = useQuery(settingsQuery(project))
  useFace({ title: 'Settings', hints: HINTS }, 'settings')
  return (
    <div className="insight settings">
      <div className="insighthead"><h1>Settings</h1><span className="t3">of project <b>{project}</b>, for everybody who looks at it</span></div>
      {error ? <ProblemBox what="The settings could not be read" problem={asProblem(error)} onRetry={() => void refetch()} />
        : !data ? <div className="settingsform"><TableSkeleton count={3} /><TableSkeleton count={2} /></div> : <Form key={project} settings={data} />}
    </div>
  )
}

/** `opened` is what was read first: what others save meanwhile does not take away what is being typed. */
function Form({ settings: opened }: { settings: ProjectSettings }): ReactNode {
  const [settings, setSettings] = useState(opened)
  const { project } = useScope()
  const client = useQueryClient()
  const [zone, setZone] = useState(settings.time_zone)
  const [links, setLinks] = useState<readonly LinkTemplate[]>(settings.link_templates)
  const save = useMutation({
    mutationFn: () => changeSettings(project, { version: settings.version, time_zone: zone.trim(), link_templates: links.map(({ name, url }) => ({ name: name.trim(), url: url.trim() })) }),
    onSuccess: (saved) => {
      client.setQueryData(settingsQuery(project).queryKey, saved)
      take(saved)
    },
  })
  const take = (next: ProjectSettings): void => {
    setSettings(next)
    setZone(next.time_zone)
    setLinks(next.link_templates)
  }
  const load = useMutation({
    mutationFn: () => client.fetchQuery({ ...settingsQuery(project), staleTime: 0 }),
    onSuccess: (theirs) => {
      take(theirs)
      save.reset()
    },
  })
  const changed = zone !== settings.time_zone || JSON.stringify(links) !== JSON.stringify(settings.link_templates)
  const failure = load.error ?? save.error
  const problem = failure ? asProblem(failure) : null
  return (
    <form className="settingsform" onSubmit={(event) => { event.preventDefault(); save.mutate() }}>
      <TimeZone zone={zone} onChange={setZone} />
      <Links links={links} onChange={setLinks} />
      {problem && (
        <div className="problem" role="alert">
          <div className="row"><Icon name="error" size={15} /> Not saved</div>
          <p>{problem.message}</p>
          {(problem.status === 409 || load.error) && <div className="row"><button type="button" className="btn" onClick={() => load.mutate()}><Icon name="refresh" size={13} /> Load what they saved</button></div>}
        </div>
      )}
      <div className="row savebar">
        <button type="submit" className="btn primary" disabled={!changed || save.isPending}>Save</button>
        {changed && <button type="button" className="btn" onClick={() => { take(settings); save.reset() }}>Discard changes</button>}
        <span className="t3 small" role="status">{save.isPending ? 'Saving…' : changed ? 'Not saved yet' : settings.updated_at === null ? 'Nothing was changed yet' : `Saved ${formatAgo(settings.updated_at)}`}</span>
      </div>
    </form>
  )
}

/** What the clocks of a zone show now, as a proof that it is the one that was meant. */
function clockOf(zone: string): string | null {
  if (!isZone(zone)) return null
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', timeZoneName: 'shortOffset' }).format(Date.now()).replace('GMT', 'UTC').replace(/UTC\+0$/, 'UTC')
}

function TimeZone({ zone, onChange }: { zone: string; onChange: (zone: string) => void }): ReactNode {
  const id = useId()
  const known = useMemo(() => [...new Set(['UTC', Intl.DateTimeFormat().resolvedOptions().timeZone, ...Intl.supportedValuesOf('timeZone')])], [])
  const clock = clockOf(zone.trim())
  return (
    <section className="panel" aria-label="Time zone">
      <header><h2>Time zone</h2></header>
      <div className="settingsbody">
        <label className="fieldrow" htmlFor={`${id}-zone`}><span>Days and months are those of</span>
          <input id={`${id}-zone`} className="plain" list={`${id}-zones`} value={zone} spellCheck={false} autoComplete="off" onChange={(event) => onChange(event.target.value)} aria-describedby={`${id}-clock`} /></label>
        <datalist id={`${id}-zones`}>{known.map((name) => <option key={name} value={name} />)}</datalist>
        <p id={`${id}-clock`} className={clock === null ? 'warn small' : 't2 small'}>{clock === null ? 'A name like UTC, Europe/Berlin or America/New_York.' : `It is ${clock} there.`}</p>
        <p className="t3 small">Charts by the day, the month’s forecast, and every time on these pages. What is stored and what the API says stays in UTC.</p>
      </div>
    </section>
  )
}

const EXAMPLE = { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', span_id: '00f067aa0ba902b7', session_id: 's-17', service: 'desk-api', release: 'v48' }

function Links({ links, onChange }: { links: readonly LinkTemplate[]; onChange: (links: readonly LinkTemplate[]) => void }): ReactNode {
  const change = (index: number, part: Partial<LinkTemplate>): void => onChange(links.map((link, at) => (at === index ? { ...link, ...part } : link)))
  return (
    <section className="panel" aria-label="Links">
      <header><h2>Links to other programs</h2><span className="t3 small">on the page of each trace</span></header>
      <div className="settingsbody">
        {links.length === 0 && <p className="t2">None yet. A link opens the same trace in an APM, or the logs of its service.</p>}
        {links.map((link, index) => (
          <div key={index} className="linkrow">
            <label>Name <input className="plain" value={link.name} placeholder="APM" onChange={(event) => change(index, { name: event.target.value })} /></label>
            <label>Address <input className="plain mono" value={link.url} placeholder="https://apm.example.com/trace/{trace_id}" spellCheck={false} onChange={(event) => change(index, { url: event.target.value })} /></label>
            <button type="button" className="btn quiet" onClick={() => onChange(links.filter((_, at) => at !== index))} aria-label={`Remove ${link.name || 'this link'}`}><Icon name="close" size={12} /> Remove</button>
            {link.url !== '' && <p className="t3 small mono clip">{fillLink(link.url, EXAMPLE) ?? 'not an address of http or https yet'}</p>}
          </div>
        ))}
        <div className="row wrap">
          <button type="button" className="btn" disabled={links.length >= LINKS_MAX} onClick={() => onChange([...links, { name: '', url: '' }])}><Icon name="plus" size={12} /> Add a link</button>
          <span className="t3 small">Places: {LINK_PLACES.map((place) => <code key={place}>{`{${place}}`} </code>)}</span>
        </div>
      </div>
    </section>
  )
}

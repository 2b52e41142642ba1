// The shell: rail, bar, page, hint line. It owns the scope (project, time range) and the global keys.
import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouterState, useSearch } from '@tanstack/react-router'
import { Fragment, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { DEFAULT_PROJECT, ScopeContext, type Scope } from '@/api/scope'
import { cutText } from '@/base/ids'
import { resolveRange, type RangeSearch } from '@/base/range'
import { FaceContext, type PageFace } from '@/widgets/hints'
import { Icon, Logo } from '@/widgets/icons'
import { keyName, useKeys, type KeyMap } from '@/widgets/keys'
import { nextTheme, useTheme } from '@/widgets/theme'
import { KeysHelp } from './KeysHelp'
import { EngineStatus } from './EngineStatus'
import { PAGES, SECTIONS } from './pages'
import { Palette } from './Palette'
import { ReachBanner } from './ReachBanner'
import { SaveView } from './SaveView'
import { ProjectPicker } from './ProjectPicker'
import { RangePicker } from './RangePicker'
import { copyPageLink } from './share'
import { useProjectZone } from './useProjectZone'
import { useTakeOver } from './views'
import { ViewsMenu } from './ViewsMenu'

const NO_FACE: PageFace = { title: '', hints: [] }

function useScopeValue(): Scope {
  const search = useSearch({ from: '__root__' })
  const navigate = useNavigate()
  const client = useQueryClient()
  const [now, setNow] = useState(() => Date.now())
  const project = search.project ?? DEFAULT_PROJECT
  const { range, from, to } = search
  return useMemo<Scope>(() => {
    const part: RangeSearch = {
      ...(range === undefined ? {} : { range }), ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }),
    }
    return {
      project,
      range: part,
      bounds: resolveRange(part, now),
      refresh: () => {
        setNow(Date.now())
        void client.invalidateQueries()
      },
      setRange: (next) => {
        setNow(Date.now())
        void navigate({ to: '.', search: (old) => ({ ...old, range: next.range, from: next.from, to: next.to }) as never })
      },
    }
  }, [project, range, from, to, now, navigate, client])
}

const SAID_MS = 2_600

/** A short word about what a key did where nothing else shows it. */
function useSaid(): [string | null, (text: string) => void] {
  const [said, setSaid] = useState<{ text: string } | null>(null)
  useEffect(() => {
    if (said === null) return
    const timer = setTimeout(() => setSaid(null), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  return [said?.text ?? null, useCallback((text: string) => setSaid({ text }), [])]
}

export function Shell(): ReactNode {
  const scope = useScopeValue()
  const navigate = useNavigate()
  const [face, setFace] = useState<PageFace>(NO_FACE)
  const [palette, setPalette] = useState(false)
  const [help, setHelp] = useState(false)
  const [saving, setSaving] = useState(false)
  const [collapsed, setCollapsed] = useState<boolean | null>(null)
  const zone = useProjectZone(scope.project)
  useTakeOver()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const narrow = collapsed ?? face.narrow ?? false
  const showFace = useCallback((next: PageFace) => setFace(next), [])
  const [said, say] = useSaid()
  const copyLink = (): void => void copyPageLink(scope).then((done) => say(done ? 'Link to this view copied' : 'The browser did not let the link be copied; it stands in the address bar'))
  const keys: KeyMap = {
    'mod+k': () => setPalette((open) => !open),
    '?': () => setHelp(true),
    T: nextTheme,
    '[': () => setCollapsed(!narrow),
    R: scope.refresh,
    y: copyLink,
    s: () => setSaving(true),
    ...Object.fromEntries(PAGES.map((page) => [`g ${page.key}`, () => void navigate({ to: page.to } as never)])),
  }
  useKeys(keys)
  return (
    <ScopeContext value={scope}>
      <FaceContext value={showFace}>
        <div className={narrow ? 'app narrow' : 'app'}>
          <a className="skip" href="#main">Skip to the page</a>
          <Rail path={path} />
          <Bar face={face} onPalette={() => setPalette(true)} onSave={() => setSaving(true)} />
          <main className="main" id="main" tabIndex={0}>
            {/* Everything is written in the zone: another one draws everything again. */}
            <Fragment key={zone}><Outlet /></Fragment>
          </main>
          <ReachBanner />
          <p className={said === null ? 'toast done hidden' : 'toast done'} role="status" data-said>{said}</p>
          <footer className="foot">
            <span className="hints">
              {face.hints.map(([names, what]) => (
                <span className="hint" key={what}>
                  {names.split(' ').map((name) => name === '–' ? <span key={name}>–</span> : <kbd key={name}>{keyName(name)}</kbd>)} {what}
                </span>
              ))}
            </span>
            <span className="push row footstatus">{face.status}<EngineStatus /></span>
          </footer>
        </div>
        <Palette open={palette} onClose={() => setPalette(false)} onHelp={() => setHelp(true)} onSave={() => setSaving(true)} onCopyLink={copyLink} />
        <SaveView open={saving} onClose={() => setSaving(false)} onSaved={(name) => say(`Saved as “${cutText(name)}”, under Views`)} title={face.title} />
        <KeysHelp open={help} onClose={() => setHelp(false)} hints={face.hints} />
      </FaceContext>
    </ScopeContext>
  )
}

function Rail({ path }: { path: string }): ReactNode {
  const rail = useRef<HTMLElement>(null)
  // On a phone the rail is a row that does not show all pages at once: the one that is open should be among those that it does.
  useEffect(() => {
    // Some browsers answer with a promise, which an effect must not hand on.
    void rail.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [path])
  return (
    <nav className="rail" aria-label="Main" ref={rail}>
      <Link to="/" className="brand" aria-label="Vitrine"><Logo /><span className="label">Vitrine</span></Link>
      {SECTIONS.map((section) => (
        <div key={section.title} style={{ display: 'contents' }}>
          {section.title !== '' && <div className="section">{section.title}</div>}
          {section.pages.map((page) => (
            <Link key={page.to} to={page.to} className="nav" title={`${page.label} (g ${page.key})`}
              {...((page.to === '/' ? path === '/' : path.startsWith(page.to)) ? { 'aria-current': 'page' as const } : {})}>
              <Icon name={page.icon} /><span className="label">{page.label}</span>
            </Link>
          ))}
        </div>
      ))}
    </nav>
  )
}

function Bar({ face, onPalette, onSave }: { face: PageFace; onPalette: () => void; onSave: () => void }): ReactNode {
  const theme = useTheme()
  return (
    <header className="bar">
      <div className="crumb">
        <ProjectPicker />
        {face.crumb}
      </div>
      <span className="grow" />
      <button type="button" className="searchbtn" onClick={onPalette}>
        <Icon name="search" size={13} /><span className="grow">Search or jump to</span><kbd>{keyName('⌘K')}</kbd>
      </button>
      <ViewsMenu onSave={onSave} />
      {face.ranged === true && <RangePicker />}
      <button type="button" className="btn icon quiet" onClick={nextTheme} title={`Theme: ${theme} (⇧T)`} aria-label={`Theme: ${theme}`}>
        <Icon name="theme" size={15} />
      </button>
    </header>
  )
}

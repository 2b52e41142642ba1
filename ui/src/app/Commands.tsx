// The commands of the palette: pages, views, times, projects, actions; a pasted trace id opens its trace, a filter its rows, other words search.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { Command, defaultFilter } from 'cmdk'
import { useLayoutEffect, useState, type ReactNode, type RefObject } from 'react'
import { projectsQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { formatTerm, quoted } from '@/base/filter'
import { isTraceId } from '@/base/ids'
import { DEFAULT_RANGE, RELATIVE, describeRange } from '@/base/range'
import { Icon, type IconName } from '@/widgets/icons'
import { setTheme } from '@/widgets/theme'
import { PAGES } from './pages'
import { addressOf, useViews } from './views'

/** What a command asks of the page around it. */
export interface PaletteActions {
  onClose: () => void
  onHelp: () => void
  onSave: () => void
  onCopyLink: () => void
}

interface Props extends PaletteActions {
  /** What was typed before the commands were there. */
  typed: RefObject<string>
}

const FIND = 'find '
/** A page or command is meant where its name begins like the words; a letter here and there is no match. */
const MATCH_MIN = 0.1
const FIND_SCORE = 0.5

/** How well an entry fits; what the words themselves may lead to always does. */
function scoreOf(value: string, search: string, keywords?: string[]): number {
  if (value.startsWith(FIND)) return FIND_SCORE
  const score = defaultFilter(value, search, keywords)
  return score < MATCH_MIN ? 0 : score
}

/** Text with a comparison in it is a filter already. */
const isFilter = (words: string): boolean => /[\w"][:<>=]/.test(words)

interface Place {
  label: string
  icon: IconName
  to: '/traces' | '/calls'
  filter: string
}

/** Where words may lead: a filter to its rows, other words to what says them, one word to whom it may name. */
function found(words: string): Place[] {
  if (isFilter(words)) return [{ label: `Traces with ${words}`, icon: 'traces', to: '/traces', filter: words }, { label: `Calls with ${words}`, icon: 'calls', to: '/calls', filter: words }]
  const said: Place[] = [
    { label: `Search traces for “${words}” in prompts and answers`, icon: 'search', to: '/traces', filter: quoted(words) },
    { label: `Search calls for “${words}” in prompts and answers`, icon: 'search', to: '/calls', filter: quoted(words) },
  ]
  return /\s/.test(words) ? said : [...said, { label: `Traces of user “${words}”`, icon: 'users', to: '/traces', filter: formatTerm('user', words) }]
}

export function Commands({ onClose, onHelp, onSave, onCopyLink, typed }: Props): ReactNode {
  const scope = useScope()
  const navigate = useNavigate()
  const router = useRouter()
  const [text, setText] = useState('')
  // Read when this is shown, which may be well after it was first drawn.
  useLayoutEffect(() => setText(typed.current), [typed])
  const { data } = useQuery(projectsQuery(scope.project))
  const views = useViews(scope.project)
  const words = text.trim()
  const id = words.toLowerCase().replaceAll('-', '')
  const run = (action: () => void) => () => {
    onClose()
    action()
  }
  const entry = (icon: IconName, label: string, keys: string, action: () => void, words = ''): ReactNode => (
    <Command.Item key={label} value={label} keywords={words.split(' ')} onSelect={run(action)}>
      <Icon name={icon} size={15} /><span className="grow clip">{label}</span>
      {keys !== '' && keys.split(' ').map((name) => <kbd key={name}>{name}</kbd>)}
    </Command.Item>
  )
  // A page or a view of that name is more likely meant than what else the word may be.
  const named = [...PAGES.map((page) => [page.label, page.words] as const), ...views.map((view) => [view.name, ''] as const)].some(([label, also]) => scoreOf(label, words, also?.split(' ')) > FIND_SCORE)
  const find = words !== '' && (
    <Command.Group heading="Find">
      {isTraceId(id)
        ? <Command.Item value={`${FIND}trace ${id}`} onSelect={run(() => void navigate({ to: '/traces/$traceId', params: { traceId: id } }))}>
            <Icon name="traces" size={15} /><span className="grow clip">Open trace <code>{id}</code></span></Command.Item>
        : found(words).map(({ label, icon, to, filter }) => (
            <Command.Item key={label} value={FIND + label} onSelect={run(() => void navigate({ to, search: { filter } as never }))}>
              <Icon name={icon} size={15} /><span className="grow clip">{label}</span></Command.Item>
          ))}
      {!/\s/.test(words) && !isTraceId(id) && !isFilter(words) && (
        <Command.Item value={`${FIND}session ${words}`} onSelect={run(() => void navigate({ to: '/sessions/$sessionId', params: { sessionId: words } }))}>
          <Icon name="sessions" size={15} /><span className="grow clip">Open session “{words}”</span></Command.Item>
      )}
    </Command.Group>
  )
  return (
    <Command label="Commands" loop filter={scoreOf}>
      <Command.Input autoFocus value={text} onValueChange={setText} placeholder="Type a command, a trace id, words from a prompt" />
      <Command.List>
        {words === '' && <Command.Empty>Nothing matches.</Command.Empty>}
        {!named && find}
        <Command.Group heading="Go to">{PAGES.map((page) => entry(page.icon, page.label, `g ${page.key}`, () => void navigate({ to: page.to } as never), page.words))}</Command.Group>
        {views.length > 0 && (
          <Command.Group heading="Saved views">{views.map((view) => entry('save', view.name, '', () => router.history.push(addressOf(view, scope.project)), `view ${view.page} ${view.query}`))}</Command.Group>
        )}
        {named && find}
        <Command.Group heading="Do">
          {entry('error', 'Calls that failed', '', () => void navigate({ to: '/calls', search: { filter: 'status:error' } as never }))}
          {entry('warning', 'Calls without a price', '', () => void navigate({ to: '/calls', search: { filter: 'has:unpriced' } as never }), 'unpriced cost')}
          {entry('warning', 'Calls that were cut at their length limit', '', () => void navigate({ to: '/calls', search: { filter: 'finish_reason:length' } as never }), 'truncated finish reason')}
          {entry('retrieval', 'Traces with a search that found nothing', '', () => void navigate({ to: '/traces', search: { filter: 'retrieval.count:0' } as never }), 'retrieval empty documents')}
          {entry('save', 'Save this view', 's', onSave)}
          {entry('link', 'Copy link to this view', 'y', onCopyLink)}
          {entry('refresh', 'Refresh', '⇧R', scope.refresh)}
          {entry('theme', 'Theme: light', '', () => setTheme('light'))}
          {entry('theme', 'Theme: dark', '', () => setTheme('dark'))}
          {entry('theme', 'Theme: as the system', '', () => setTheme('system'))}
          {entry('circle', 'Show all keys', '?', onHelp)}
        </Command.Group>
        <Command.Group heading="Time">
          {[...RELATIVE, 'all'].map((range) => entry('clock', describeRange({ range }, 0), '', () => scope.setRange(range === DEFAULT_RANGE ? {} : { range }), `time range ${range}`))}
        </Command.Group>
        {(data?.projects.length ?? 0) > 1 && (
          <Command.Group heading="Project">
            {data?.projects.map((item) => entry('prompt', `Project ${item.name}`, '', () => void navigate({ to: '/', search: { project: item.name } as never })))}
          </Command.Group>
        )}
      </Command.List>
    </Command>
  )
}

// `?`: the keys of this page and those that work everywhere.
import type { ReactNode } from 'react'
import type { Hint } from '@/widgets/hints'
import { keyName } from '@/widgets/keys'
import { Modal } from '@/widgets/modal'
import { PAGES } from './pages'

const EVERYWHERE: readonly Hint[] = [
  ['⌘K', 'commands, search, jump'], ['?', 'these keys'], ['/', 'filter or find'], ['Esc', 'back, close'], ['y', 'copy link'], ['s', 'save this view'], ['⌘E', 'filter as text'],
  ['⇧R', 'refresh'], ['⇧T', 'theme'], ['[', 'narrow rail'],
]

function Group({ title, hints }: { title: string; hints: readonly Hint[] }): ReactNode {
  return (
    <section>
      <h2>{title}</h2>
      <dl>
        {hints.map(([keys, what]) => (
          <div key={keys + what} style={{ display: 'contents' }}>
            <dt>{keys.split(' ').map((key) => <kbd key={key}>{keyName(key)}</kbd>)}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

export function KeysHelp({ open, onClose, hints }: { open: boolean; onClose: () => void; hints: readonly Hint[] }): ReactNode {
  // A page may have a use of its own for a key that is everyone's; then that one is true.
  const taken = new Set(hints.flatMap(([keys]) => keys.split(' ')))
  return (
    <Modal open={open} onClose={onClose} label="Keys" className="keys">
      {/* Keys scroll around what has the focus. */}
      <h1 tabIndex={0}>Keys</h1>
      <div className="groups">
        {hints.length > 0 && <Group title="This page" hints={hints} />}
        <Group title={hints.length > 0 ? 'Everywhere else too' : 'Everywhere'} hints={EVERYWHERE.filter(([key]) => !taken.has(key))} />
        <Group title="Go to" hints={PAGES.map((page) => [`g ${page.key}`, page.label] as const)} />
      </div>
    </Modal>
  )
}

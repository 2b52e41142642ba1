// Copying: a button that says that it did, and a code block with one.
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { Icon } from './icons'
import { useSideways } from './wide'

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Plain-http origins other than loopback have no clipboard API; the old way still works there.
    const area = document.createElement('textarea')
    area.value = text
    area.setAttribute('readonly', '')
    area.className = 'hidden'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

export function CopyButton({ text, label = 'Copy', className = 'btn' }: { text: string | (() => string); label?: string; className?: string }): ReactNode {
  const [said, setSaid] = useState<string | null>(null)
  useEffect(() => {
    if (said === null) return
    const timer = setTimeout(() => setSaid(null), 1600)
    return () => clearTimeout(timer)
  }, [said])
  const copy = (): void => void copyText(typeof text === 'string' ? text : text()).then((done) => setSaid(done ? 'Copied' : 'Not allowed here'))
  return (
    <button type="button" className={className} onClick={copy} aria-live="polite">
      <Icon name={said === 'Copied' ? 'check' : 'copy'} size={13} /> {said ?? label}
    </button>
  )
}

/** Lines are not broken: where they are longer than the box its edge says so, as that of a wide table does. */
export function CodeBlock({ code, label }: { code: string; label: string }): ReactNode {
  const box = useRef<HTMLPreElement>(null)
  const { more } = useSideways(box)
  return (
    <div className="codebox">
      <div className="code">
        <CopyButton text={code} />
        <div className={more ? 'sideways more' : 'sideways'}><pre ref={box} tabIndex={0} aria-label={label}><code>{code}</code></pre></div>
      </div>
    </div>
  )
}

/** Gives a text to the browser as a file. */
export function saveText(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

// A box that scrolls sideways when its content is wider than the page. Only then can it be reached by Tab, so that the
// keyboard can scroll it and does not stop at boxes that have nothing to scroll.
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react'

export function Wide({ label, children }: { label: string; children: ReactNode }): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const [scrolls, setScrolls] = useState(false)
  useLayoutEffect(() => {
    const node = box.current
    if (!node) return
    const measure = (): void => setScrolls(node.scrollWidth > node.clientWidth)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(node)
    if (node.firstElementChild) observer.observe(node.firstElementChild)
    return () => observer.disconnect()
  }, [])
  return <div className="scroll-x" ref={box} {...(scrolls ? { tabIndex: 0, role: 'region', 'aria-label': `${label}, scrolls sideways` } : {})}>{children}</div>
}

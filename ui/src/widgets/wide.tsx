// A box that scrolls sideways when its content is wider than the page. Only then can it be reached by Tab, so that the
// keyboard can scroll it and does not stop at boxes that have nothing to scroll. While something lies further to the right its
// edge fades and shows an arrow.
import { useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from 'react'

/** What a box hides sideways: whether it scrolls, and whether something lies to the right of what is seen. */
export function useSideways(box: RefObject<HTMLElement | null>): { scrolls: boolean; more: boolean } {
  const [state, setState] = useState({ scrolls: false, more: false })
  useLayoutEffect(() => {
    const node = box.current
    if (!node) return
    const measure = (): void => setState((old) => {
      const scrolls = node.scrollWidth > node.clientWidth
      // Browsers stop up to a pixel before the end.
      const more = node.scrollLeft + node.clientWidth < node.scrollWidth - 2
      return old.scrolls === scrolls && old.more === more ? old : { scrolls, more }
    })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(node)
    if (node.firstElementChild) observer.observe(node.firstElementChild)
    node.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      node.removeEventListener('scroll', measure)
    }
  }, [box])
  return state
}

/** `tall` where it has a height of its own: it scrolls both ways then, below the head of its table. */
export function Wide({ label, children, tall = false }: { label: string; children: ReactNode; tall?: boolean }): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const { scrolls, more } = useSideways(box)
  return (
    <div className={`sideways${more ? ' more' : ''}${tall ? ' tall' : ''}`}>
      <div className="scroll-x" ref={box} {...(scrolls || tall ? { tabIndex: 0, role: 'region', 'aria-label': tall ? label : `${label}, scrolls sideways` } : {})}>{children}</div>
    </div>
  )
}

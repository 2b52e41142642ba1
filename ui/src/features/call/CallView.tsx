// One call on the screen: head, timeline, content in tabs, attempts, gaps, cost; and the keys that move through them.
import * as Tabs from '@radix-ui/react-tabs'
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { Suspense, memo, useEffect, useMemo, useState, type ReactNode } from 'react'
import type { CallRow, SpanDetail } from '@/api/types'
import { parseZoom, formatZoom } from '@/base/zoom'
import { clamp } from '@/base/values'
import { Chat, Failure, Parameters, Raw, Reproduce, TokenTable, flagOf, numberOf, requestOf, write, type Language } from '@/features/span'
import { copyText } from '@/widgets/copy'
import { useKeys } from '@/widgets/keys'
import { SkeletonRows } from '@/widgets/states'
import { Attempts } from './components/Attempts'
import { Deltas } from './components/Deltas'
import { ExchangeView } from './components/ExchangeView'
import { Gaps } from './components/Gaps'
import { Head } from './components/Head'
import { Streamed } from './components/Streamed'
import { TimelineStrip } from './components/TimelineStrip'
import { buildAnswer } from './lib/answer'
import { buildStream, readAfter } from './lib/stream'

const TABS = [['chat', 'Chat'], ['streamed', 'As streamed'], ['exchange', 'Exchange'], ['raw', 'Raw'], ['params', 'Params'], ['reproduce', 'Reproduce'], ['deltas', 'Deltas']] as const
type Tab = (typeof TABS)[number][0]
const isTab = (text: unknown): text is Tab => TABS.some(([id]) => id === text)
const SAID_MS = 2200

export function CallView({ detail, attempts }: { detail: SpanDetail; attempts: readonly CallRow[] }): ReactNode {
  const stream = useMemo(() => buildStream(detail.timeline, numberOf(detail, 'duration_ns')), [detail])
  const answer = useMemo(() => buildAnswer(detail, stream), [detail, stream])
  const view = useCallState(stream.length)
  const { tab, zoom } = view
  const [cursor, setCursor] = useState(-1)
  const [said, setSaid] = useState<string | null>(null)
  useEffect(() => {
    if (said === null) return
    const timer = setTimeout(() => setSaid(null), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  const tabs = TABS.filter(([id]) => stream.reads > 0 || (id !== 'streamed' && id !== 'deltas'))
  const shown = tabs.some(([id]) => id === tab) ? tab : 'chat'
  const copyAs = (language: Language): void => {
    const request = requestOf(detail)
    if (request === null) return setSaid('Only a call with its messages can be written as code')
    void copyText(write(request, language)).then((done) => setSaid(done ? `Copied as ${language}; the key is read from ${request.keyVariable}` : 'The browser does not allow copying here'))
  }
  const setZoom = (range: [number, number] | null): void => view.set({ zoom: formatZoom(range) })
  /** Chooses a read and keeps it in sight of the zoomed part. */
  const goTo = (read: number): void => {
    const place = clamp(read, 0, stream.reads - 1)
    setCursor(place)
    const at = stream.at[place] ?? 0
    if (!zoom || (at >= zoom[0] && at <= zoom[1])) return
    const half = (zoom[1] - zoom[0]) / 2
    const middle = clamp(at, half, Math.max(half, stream.length - half))
    setZoom([middle - half, middle + half])
  }
  useCallKeys({ detail, attempts, reads: stream.reads, cursor, goTo, copy: () => copyAs('curl'), whole: () => setZoom(null),
    stall: (step) => {
      const ends = stream.stalls.map((stall) => readAfter(stream, stall))
      const next = step > 0 ? ends.find((read) => read > cursor) : ends.findLast((read) => read < cursor)
      if (ends.length === 0) setSaid('This stream never stalled')
      else goTo(next ?? (step > 0 ? ends[0] : ends.at(-1)) ?? 0)
    },
    tab: (index) => { const next = tabs[index]; if (next) view.set({ tab: next[0] }) },
    escape: () => { if (!zoom) return false; setZoom(null); return true },
  })
  return (
    <div className="callpage">
      <Head detail={detail} stream={stream} attempts={attempts} onCopy={copyAs} />
      <div className="callwide"><TimelineStrip stream={stream} answer={answer} ttft={numberOf(detail, 'ttft_ns')} failed={detail['status'] === 'error'} streamed={flagOf(detail, 'stream')}
        cursor={cursor} zoom={zoom} onCursor={setCursor} onZoom={setZoom} /></div>
      <section className="panel callcontent" aria-label="Content">
        <Tabs.Root value={shown} onValueChange={(value) => view.set({ tab: value === 'chat' ? undefined : value })} activationMode="manual">
          <Tabs.List className="tabs" aria-label="Views of the call">{tabs.map(([id, name]) => <Tabs.Trigger key={id} value={id}>{name}</Tabs.Trigger>)}</Tabs.List>
          {tabs.map(([id]) => (
            <Tabs.Content key={id} value={id} className="calltab" tabIndex={-1}>
              <Suspense fallback={<SkeletonRows count={6} />}>
                {id === 'streamed' ? <Streamed stream={stream} answer={answer} cursor={cursor} onCursor={goTo} />
                  : id === 'deltas' ? <Deltas stream={stream} answer={answer} cursor={cursor} onCursor={goTo} />
                    : <Content detail={detail} tab={id} />}
              </Suspense>
            </Tabs.Content>
          ))}
        </Tabs.Root>
      </section>
      <div className="callside">
        {attempts.length > 1 && <Attempts calls={attempts} spanId={detail.span_id} />}
        <Gaps stream={stream} />
        <Cost detail={detail} />
      </div>
      <p className={said === null ? 'toast hidden' : 'toast'} role="status">{said}</p>
    </div>
  )
}

/** What does not change while one walks through the deltas. */
const Content = memo(function Content({ detail, tab }: { detail: SpanDetail; tab: Tab }): ReactNode {
  if (tab === 'exchange') return <ExchangeView detail={detail} />
  if (tab === 'raw') return <Raw detail={detail} />
  if (tab === 'params') return <Parameters detail={detail} />
  if (tab === 'reproduce') return <Reproduce detail={detail} />
  return <><Failure detail={detail} /><Chat detail={detail} onOpenTool={noTool} /></>
})
/** The spans that ran tools are on the trace page. */
const noTool = (): null => null

const Cost = memo(function Cost({ detail }: { detail: SpanDetail }): ReactNode {
  return <Suspense fallback={null}><div className="panel costpanel details"><TokenTable detail={detail} /></div></Suspense>
})

interface CallState {
  tab: Tab
  zoom: [number, number] | null
  set: (next: { tab?: string | undefined; zoom?: string | undefined }) => void
}

function useCallState(length: number): CallState {
  const search = useSearch({ strict: false }) as { tab?: string; zoom?: string }
  const navigate = useNavigate()
  const zoom = useMemo(() => parseZoom(search.zoom, length), [search.zoom, length])
  return {
    tab: isTab(search.tab) ? search.tab : 'chat', zoom,
    set: (next) => void navigate({ to: '.', search: (old) => ({ ...old, ...next }) as never, replace: true }),
  }
}

interface Actions {
  detail: SpanDetail
  attempts: readonly CallRow[]
  reads: number
  cursor: number
  goTo: (read: number) => void
  stall: (step: 1 | -1) => void
  copy: () => void
  whole: () => void
  tab: (index: number) => void
  /** True when there was something to close. */
  escape: () => boolean
}

const FAR = 20

function useCallKeys({ detail, attempts, reads, cursor, goTo, stall, copy, whole, tab, escape }: Actions): void {
  const navigate = useNavigate()
  const router = useRouter()
  const step = (by: number) => (): void => {
    if (reads > 0) goTo(cursor < 0 ? (by > 0 ? 0 : reads - 1) : cursor + by)
  }
  const attempt = (by: 1 | -1) => (): void => {
    const ordered = [...attempts].sort((a, b) => (a.attempt ?? 0) - (b.attempt ?? 0))
    const next = ordered[ordered.findIndex((call) => call.span_id === detail.span_id) + by]
    if (next) void navigate({ to: '/calls/$traceId/$spanId', params: { traceId: next.trace_id, spanId: next.span_id }, replace: true })
  }
  useKeys({
    ArrowRight: step(1), ArrowLeft: step(-1), l: step(1), h: step(-1), L: step(FAR), H: step(-FAR), s: () => stall(1), S: () => stall(-1), '0': whole, c: copy,
    j: attempt(1), J: attempt(1), k: attempt(-1), K: attempt(-1),
    t: () => void navigate({ to: '/traces/$traceId', params: { traceId: detail.trace_id }, search: { span: detail.span_id } as never }),
    ...Object.fromEntries(TABS.map((_, index) => [String(index + 1), () => tab(index)])),
    Escape: () => {
      if (escape()) return
      if (router.history.canGoBack()) router.history.back()
      else void navigate({ to: '/calls' })
    },
  })
}

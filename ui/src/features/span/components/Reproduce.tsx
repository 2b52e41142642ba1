// The call as one file, and as code one can run.
import { useMemo, useState, type ReactNode } from 'react'
import { reproduceUrl } from '@/api/queries'
import { useScope } from '@/api/scope'
import type { SpanDetail } from '@/api/types'
import { CodeBlock } from '@/widgets/copy'
import { Icon } from '@/widgets/icons'
import { requestOf, write, type Language } from '../lib/reproduce'

const LANGUAGES: readonly (readonly [Language, string])[] = [['curl', 'curl'], ['python', 'Python'], ['node', 'Node']]

export function Reproduce({ detail }: { detail: SpanDetail }): ReactNode {
  const { project } = useScope()
  const [language, setLanguage] = useState<Language>('curl')
  const request = useMemo(() => requestOf(detail), [detail])
  return (
    <div className="reproduce">
      <div className="row wrap rawtools">
        <div className="seg" role="group" aria-label="Language">
          {LANGUAGES.map(([id, name]) => <button key={id} type="button" aria-pressed={language === id} onClick={() => setLanguage(id)}>{name}</button>)}
        </div>
        <a className="btn push" href={reproduceUrl(project, detail.trace_id, detail.span_id)} download={`${detail.trace_id}-${detail.span_id}.json`}><Icon name="download" size={13} /> Download the call</a>
      </div>
      {request ? (
        <>
          {request.notes.map((note) => <p key={note} className="small t2 rawnote"><Icon name="warning" size={12} /> {note}</p>)}
          <CodeBlock code={write(request, language)} label={`The call as ${language}`} />
        </>
      ) : (
        <p className="t2 rawnote">{textFor(detail)}</p>
      )}
    </div>
  )
}

function textFor(detail: SpanDetail): string {
  return detail['kind'] === 'llm' || detail['kind'] === 'embedding'
    ? 'This call was sent without its messages, so there is no request to write. The download holds what is known.'
    : 'Only a model call can be written as a request. The download holds everything known of this span.'
}

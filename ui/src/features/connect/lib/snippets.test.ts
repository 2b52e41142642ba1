import { describe, expect, it } from 'vitest'
import { demoCommand, snippets } from './snippets'

describe('snippets', () => {
  const origin = 'http://10.0.0.7:7080'
  const open = { origin, project: 'default', keyed: false }
  const shop = { ...open, project: 'shop' }
  const keyed = { ...shop, keyed: true }
  it('are there for every SDK', () => {
    const names = new Map<string, string[]>()
    for (const item of snippets(open)) names.set(item.name, [...(names.get(item.name) ?? []), item.language])
    for (const name of ['OpenAI, official OTel', 'OpenInference', 'Traceloop', 'Anthropic', 'Langfuse SDK']) expect(names.get(name), name).toEqual(['Python', 'Node'])
    expect(names.get('Vercel AI SDK')).toHaveLength(2)
    expect(names.has('curl')).toBe(true)
  })
  it.each(snippets(open).map((item) => [item.id, item.code] as const))('%s names the real address and no project', (_, code) => {
    expect(code).toContain(origin)
    expect(code).not.toContain('x-vitrine-project')
    expect(code).not.toContain('undefined')
  })
  it.each(snippets(shop).map((item) => [item.id, item.code] as const))('%s names the project where it is not the default', (_, code) => {
    expect(code).toMatch(/x-vitrine-project['"=: ]+shop/)
  })
  it.each(snippets(keyed).map((item) => [item.id, item.code] as const))('%s sends the key where one is asked for, and leaves the project to it', (_, code) => {
    expect(code).toMatch(/(x-vitrine-key['"]?[=:] ?"?|LANGFUSE_SECRET_KEY=)(\$|os\.environ\["|process\.env\.)VITRINE_API_KEY/)
    expect(code).not.toContain('x-vitrine-project')
    if (code.includes('os.environ')) expect(code.indexOf('import os\n')).toBeGreaterThan(-1)
  })
  it('include the demo', () => expect(demoCommand(shop)).toBe(`vitrine demo --traces 200 \\\n  --url ${origin} \\\n  --project shop`))
  it('leave the project of the demo to the key', () => expect(demoCommand(keyed)).not.toContain('--project'))
})

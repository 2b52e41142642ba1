import { describe, expect, it } from 'vitest'
import { demoCommand, snippets } from './snippets'

describe('snippets', () => {
  const origin = 'http://10.0.0.7:7080'
  it('are there for every SDK', () => {
    const names = new Map<string, string[]>()
    for (const item of snippets(origin, 'default')) names.set(item.name, [...(names.get(item.name) ?? []), item.language])
    for (const name of ['OpenAI, official OTel', 'OpenInference', 'Traceloop', 'Anthropic', 'Langfuse SDK']) expect(names.get(name), name).toEqual(['Python', 'Node'])
    expect(names.get('Vercel AI SDK')).toHaveLength(2)
    expect(names.has('curl')).toBe(true)
  })
  it.each(snippets(origin, 'default').map((item) => [item.id, item.code] as const))('%s names the real address and no project', (_, code) => {
    expect(code).toContain(origin)
    expect(code).not.toContain('x-vitrine-project')
    expect(code).not.toContain('undefined')
  })
  it.each(snippets(origin, 'shop').map((item) => [item.id, item.code] as const))('%s names the project where it is not the default', (_, code) => {
    expect(code).toMatch(/x-vitrine-project['"=: ]+shop/)
  })
  it('include the demo', () => expect(demoCommand(origin, 'shop')).toBe(`vitrine demo --traces 200 \\\n  --url ${origin} \\\n  --project shop`))
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { stageByRules } from './stages'

interface Case { sent: string; kind: string; name: string; before: boolean; stage: string | null }

it('gives every span the stage that the server gives it', () => {
  const cases = JSON.parse(readFileSync(join(process.cwd(), '../tests/golden/stages/cases.json'), 'utf8')) as Case[]
  expect(cases.length).toBeGreaterThan(20)
  for (const item of cases) expect([item, stageByRules(item)]).toEqual([item, item.stage])
})

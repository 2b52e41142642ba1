import { describe, expect, it } from 'vitest'
import { check } from './check-layers.mjs'

const H = '// header\n'
describe('the layer checker', () => {
  it('accepts what the rules allow', () => {
    expect(check({
      'base/a.ts': H, 'widgets/b.tsx': `${H}import { a } from '@/base/a'`, 'api/c.ts': `${H}import { a } from '../base/a'`,
      'features/x/index.ts': `${H}export { p } from './p'`, 'features/x/p.ts': `${H}import { y } from '@/features/y'`, 'features/y/index.ts': H,
      'app/main.tsx': `${H}import { p } from '@/features/x'\nimport './shell.css'`,
    })).toEqual([])
  })
  it.each([
    ['widgets that fetch', { 'widgets/b.ts': `${H}import { q } from '@/api/queries'` }, /widgets may not import api/],
    ['base that reaches up', { 'base/a.ts': `${H}import { b } from '../widgets/b'` }, /base may not import widgets/],
    ['a feature entered from the side', { 'features/x/p.ts': `${H}import { q } from '@/features/y/lib/q'` }, /through its index/],
    ['the same by a lazy import', { 'app/r.ts': `${H}const x = import('@/features/y/Page')` }, /through its index/],
    ['a circle', { 'features/x/p.ts': `${H}import { q } from '@/features/y'`, 'features/y/q.ts': `${H}import { p } from '@/features/x'` }, /circle: /],
    ['a circle of files, types and lazy imports included', { 'app/a.tsx': `${H}const B = lazy(() => import('./b'))`, 'app/b.tsx': `${H}import type { A } from './a'` }, /files import each other in a circle: app\/a.tsx -> app\/b.tsx -> app\/a.tsx/],
    ['any', { 'base/a.ts': `${H}export const a: any = 1` }, /no `any`/],
    ['a missing header', { 'base/a.ts': 'export const a = 1' }, /header/],
    ['a way out of src', { 'base/a.ts': `${H}import x from '../../e2e/x'` }, /outside/],
  ])('refuses %s', (_, files, message) => {
    expect(check(files).join('\n')).toMatch(message)
  })
})

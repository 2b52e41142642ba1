// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import axe from 'axe-core'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { beforeAll, expect, it, vi } from 'vitest'
import { ViewsMenu } from './ViewsMenu'

vi.mock('@tanstack/react-router', async (original) => ({ ...(await original<object>()), useRouter: () => ({}), useRouterState: () => '/features?filter=status:error' }))
beforeAll(() => {
  ;(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true
  globalThis.ResizeObserver = class { observe(): void {} unobserve(): void {} disconnect(): void {} }
})

const rest = { page: '', query: '', version: 1, created_at: '', updated_at: '' }

it('is a list of buttons that says which view is open, and gives focus back on Escape', async () => {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } })
  client.setQueryData(['views', 'default'], [{ ...rest, id: 'a', name: 'Failing', page: '/features', query: 'filter=status%3Aerror' }, { ...rest, id: 'b', name: 'Costs', page: '/costs' }])
  const place = document.body.appendChild(document.createElement('main'))
  await act(async () => createRoot(place).render(<QueryClientProvider client={client}><ViewsMenu onSave={() => undefined} /></QueryClientProvider>))
  const trigger = place.querySelector('button')
  trigger?.focus()
  await act(async () => trigger?.click())
  const items = [...document.querySelectorAll<HTMLElement>('.pop .item')]
  expect(items.map((item) => [item.tagName, item.getAttribute('role'), item.getAttribute('aria-current')])).toEqual([['BUTTON', null, 'true'], ['BUTTON', null, null], ['BUTTON', null, null]])
  const found = await axe.run(document.querySelector('.pop') ?? document, { rules: { 'color-contrast': { enabled: false } } })
  expect(found.violations.map(({ id }) => id)).toEqual([])
  await act(async () => { document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })) })
  await act(async () => { await new Promise((done) => setTimeout(done, 20)) })
  expect(document.querySelector('.pop')).toBeNull()
  expect(document.activeElement).toBe(trigger)
})

// The start of the page: styles, query client, router.
import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import './tokens.css'
import './base.css'
import './shell.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { asProblem } from '@/api/client'
import { router } from './router'

const RETRIES = 3

const client = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      // A browser that calls itself offline still reaches a server on the same machine: ask, and say so if none answers.
      networkMode: 'always',
      // Only what passes by itself is asked again: the engine starting, the network. A wrong request stays wrong.
      retry: (failures, error) => {
        const { status } = asProblem(error)
        return failures < RETRIES && (status === 503 || status === 429 || status === 502)
      },
      retryDelay: (attempt) => Math.min(4000, 400 * 2 ** attempt),
    },
    mutations: { networkMode: 'always' },
  },
})

const element = document.getElementById('root')
if (element) {
  createRoot(element).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}

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
import { watchReach } from '@/api/reach'
import { router } from './router'

const client = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      // A browser that calls itself offline still reaches a server on the same machine: ask, and say so if none answers.
      networkMode: 'always',
      // What passes by itself is asked again by the fetch layer, which knows when there is somebody to ask.
      retry: false,
    },
    mutations: { networkMode: 'always' },
  },
})

watchReach()

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

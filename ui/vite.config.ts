// Build of the web UI. Everything lands in dist/ as hashed files; nothing is inlined, so that the page runs under a
// policy of `script-src 'self'; style-src 'self'; font-src 'self'`.
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const server = process.env['VITRINE_URL'] ?? 'http://127.0.0.1:7080'

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(['/api', '/v1', '/livez', '/readyz', '/metrics'].map((path) => [path, server])),
  },
  test: { environment: 'node', include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.mjs'] },
})

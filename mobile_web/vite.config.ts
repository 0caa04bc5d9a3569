import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

// The scanner's wasm must be the very build its JavaScript was generated with, so it is resolved from inside the
// scanner package and not from whatever copy npm happened to hoist.
const ours = createRequire(import.meta.url)
const scanner = createRequire(ours.resolve('barcode-detector'))
const scannerWasm = scanner.resolve('zxing-wasm/reader/zxing_reader.wasm')

const server = process.env['TRACKER_URL'] ?? 'http://127.0.0.1:8000'

export default defineConfig({
  resolve: { alias: [{ find: /^scanner-wasm(?=\?|$)/, replacement: scannerWasm }] },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    manifest: true,
    // Every browser we serve preloads modules by itself.
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': server } },
  preview: { proxy: { '/api': server } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    environment: 'node',
  },
})

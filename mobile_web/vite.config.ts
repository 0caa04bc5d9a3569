import { createRequire } from 'node:module'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { VitePWA } from 'vite-plugin-pwa'
import { defineConfig } from 'vitest/config'

// The scanner's wasm must be the very build its JavaScript was generated with, so it is resolved from inside the
// scanner package and not from whatever copy npm happened to hoist.
const ours = createRequire(import.meta.url)
const scanner = createRequire(ours.resolve('barcode-detector'))
const scannerWasm = scanner.resolve('zxing-wasm/reader/zxing_reader.wasm')

const server = process.env['TRACKER_URL'] ?? 'http://127.0.0.1:8000'

interface Chunk {
  file: string
  imports?: string[]
  dynamicImports?: string[]
  css?: string[]
  assets?: string[]
}

let outDir = 'dist'

/** What a phone needs with no network: all that can be reached from the start page without going through the desk. */
function onPhones(): Set<string> {
  const path = resolve(outDir, '.vite/manifest.json')
  const chunks = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, Chunk>) : {}
  const files = new Set<string>()
  const follow = (name: string) => {
    const chunk = chunks[name]
    if (!chunk || files.has(chunk.file) || name.startsWith('src/desk/')) return
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file)
    for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) follow(next)
  }
  follow('index.html')
  return files
}

const worker = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'src',
  filename: 'sw.ts',
  // The app registers it itself, and says in words when a new version waits (src/install).
  injectRegister: null,
  manifest: false,
  injectManifest: {
    globPatterns: ['index.html', 'assets/**', '*.{svg,png,webmanifest}'],
    maximumFileSizeToCacheInBytes: 8_000_000,
    // Files below /assets are named by their content; the rest is compared by its hash.
    dontCacheBustURLsMatching: /^assets\//,
    manifestTransforms: [
      (entries) => {
        const wanted = onPhones()
        return { manifest: entries.filter(({ url }) => !url.startsWith('assets/') || wanted.has(url)), warnings: [] }
      },
    ],
  },
})

export default defineConfig({
  define: { __VERSION__: JSON.stringify(process.env['APP_VERSION'] ?? 'dev') },
  plugins: [
    { name: 'where-it-goes', configResolved: (config) => void (outDir = resolve(config.root, config.build.outDir)) },
    worker,
  ],
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

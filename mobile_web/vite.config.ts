import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { build, type Plugin } from 'vite'
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

/** The files of the app with what they hold, as the service worker keeps them; a name below /assets says it already. */
function carried(): { url: string; revision: string | null }[] {
  const others = readdirSync(outDir).filter((name) => name === 'index.html' || /\.(svg|png|webmanifest)$/.test(name))
  const revision = (name: string) => createHash('sha256').update(readFileSync(resolve(outDir, name))).digest('hex').slice(0, 16)
  return [...onPhones().values()].map((url) => ({ url, revision: null as string | null })).concat(others.map((url) => ({ url, revision: revision(url) })))
}

/** Builds the service worker after the app, because it names the app's files. */
const worker: Plugin = {
  name: 'service-worker',
  apply: 'build',
  configResolved: (config) => void (outDir = resolve(config.root, config.build.outDir)),
  async closeBundle() {
    if (!existsSync(resolve(outDir, 'index.html'))) return
    await build({
      configFile: false,
      publicDir: false,
      logLevel: 'warn',
      define: { 'self.__WB_MANIFEST': JSON.stringify(carried()), 'process.env.NODE_ENV': '"production"' },
      build: { outDir, emptyOutDir: false, target: 'es2022', lib: { entry: resolve(import.meta.dirname, 'src/sw.ts'), formats: ['iife'], name: 'worker', fileName: () => 'sw.js' } },
    })
  },
}

export default defineConfig({
  define: { __VERSION__: JSON.stringify(process.env['APP_VERSION'] ?? 'dev') },
  plugins: [worker],
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

import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

// What a handler waits for at the gate: everything the scan route needs before it draws. Checked on the last build.

const DIST = new URL('../dist/', import.meta.url)
const MANIFEST = new URL('.vite/manifest.json', DIST)
const BUDGET_BYTES = 40 * 1024

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
}

function filesOf(chunks: Record<string, Chunk>, name: string, found = new Set<string>()): Set<string> {
  const chunk = chunks[name]
  if (!chunk || found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const css of chunk.css ?? []) found.add(css)
  for (const each of chunk.imports ?? []) filesOf(chunks, each, found)
  return found
}

describe.runIf(existsSync(MANIFEST))('the first load of the scan route', () => {
  it.each(['zh', 'en'])('is at most 40 KB gzip in %s', (language) => {
    const chunks = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Record<string, Chunk>
    const files = filesOf(chunks, `src/words/${language}.first.ts`, filesOf(chunks, 'index.html'))
    const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, DIST))).length, 0)
    expect(files.size).toBeGreaterThan(2)
    expect(bytes).toBeLessThanOrEqual(BUDGET_BYTES)
  })
})

import { existsSync, readFileSync } from 'node:fs'

const FOLDER = new URL('../../tests/vectors/', import.meta.url)

/** The truths that pytest and vitest both run; null where a set is not written yet. */
export function vectors(name: string): unknown {
  const file = new URL(`${name}.json`, FOLDER)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
}

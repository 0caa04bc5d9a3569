import { compact, fold, meantAsNumber, parseHuman } from '../scan/human'

// What somebody at the roadside scanned or typed into one box: a code, a manifest's number, or a plate.

export interface Asked {
  kind: 'plate' | 'number' | 'code'
  text: string
}

const PLATE_MAX = 10
const LINK = /^https?:\/\//i

export function guess(given: string): Asked {
  const text = given.trim()
  if (LINK.test(text)) return { kind: 'code', text }
  if ('code' in parseHuman(text)) return { kind: 'code', text }
  if (meantAsNumber(text)) return { kind: 'number', text: compact(text) }
  // A plate begins with its province or a letter, and is short; a number with hyphens is not.
  if (compact(text).replace(/[·.•]/g, '').length <= PLATE_MAX) return { kind: 'plate', text }
  return { kind: 'number', text }
}

/** Under what an answer is kept: however it was typed, the same. A plate without its province is found by its rest. */
export function keyOf({ kind, text }: Asked): string {
  if (kind === 'code') {
    const read = parseHuman(text)
    return `code ${'code' in read ? read.code : text.trim()}`
  }
  if (kind === 'number') return `number ${compact(text)}`
  return `plate ${fold(text).replace(/[^A-Z0-9]/g, '')}`
}

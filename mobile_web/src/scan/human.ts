import type { Uuid } from '../wire'

// The code for people: ten characters and a check character, as in manifests/human.py (which says why this scheme).
// Both run tests/vectors/human_code.json.

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const DATA_CHARACTERS = 10
export const HUMAN_CHARACTERS = DATA_CHARACTERS + 1
const TYPED_MAX = 60
const SEPARATORS = /[\s\-‐‑‒–—―−]+/g
const REDUCING = 0b100101

export type HumanRead =
  | { code: string }
  | { problem: 'human_code_unreadable'; given: number; character: string | null }
  | { problem: 'human_code_mistyped' }

function checkValue(values: Iterable<number>): number {
  let interim = 0
  for (const value of values) {
    interim = (interim ^ value) << 1
    if (interim >> 5) interim ^= REDUCING
  }
  return interim
}

function valuesOf(characters: string): number[] {
  return Array.from(characters, (character) => ALPHABET.indexOf(character))
}

function grouped(code: string): string {
  return [code.slice(0, 4), code.slice(4, 8), code.slice(8, 10), code.slice(10)].filter((part) => part !== '').join('-')
}

/** What was typed, without spaces and dashes, upper case, half width, look-alikes folded (O is 0, I and L are 1). */
export function fold(text: string): string {
  const compact = text.normalize('NFKC').replace(SEPARATORS, '')
  // Only a to z: a dotless i, say, would otherwise turn into an I that nobody typed.
  const upper = compact.replace(/[a-z]/g, (letter) => letter.toUpperCase())
  return upper.replaceAll('O', '0').replace(/[IL]/g, '1')
}

/** The canonical spelling of a typed code, or what is wrong with it. */
export function parseHuman(text: string): HumanRead {
  const plain = text.length > TYPED_MAX ? '' : fold(text)
  const strange = Array.from(plain).find((character) => !ALPHABET.includes(character)) ?? null
  if (plain.length !== HUMAN_CHARACTERS || strange !== null) {
    return { problem: 'human_code_unreadable', given: plain.length, character: strange }
  }
  if (checkValue(valuesOf(plain)) !== 0) return { problem: 'human_code_mistyped' }
  return { code: grouped(plain) }
}

/** What was typed, without spaces and dashes, in half width and capitals. */
export function compact(text: string): string {
  return text.normalize('NFKC').replace(SEPARATORS, '').toUpperCase()
}

const NUMBER_DIGITS_MIN = 9

/** Whether this is longer than a code and mostly digits: a manifest number. Whether it is right, and what is wrong with
 * it, the server says. */
export function meantAsNumber(text: string): boolean {
  const plain = text.length > TYPED_MAX ? '' : fold(text)
  return plain.length > HUMAN_CHARACTERS && (plain.match(/[0-9]/g)?.length ?? 0) >= NUMBER_DIGITS_MIN
}

/** As one types: the same characters in the groups the label prints. */
export function groupedAsTyped(text: string): string {
  return grouped(fold(text))
}

/** The same before it is whole, letters as they were typed: it may yet become a manifest number. */
export function groupedSoFar(text: string): string {
  return grouped(compact(text))
}

/** The human code of a label: the first 50 bits of its id, and the check character. */
export function humanCode(labelId: Uuid): string {
  const bits = BigInt(`0x${labelId.replaceAll('-', '')}`) >> BigInt(128 - DATA_CHARACTERS * 5)
  const values = Array.from({ length: DATA_CHARACTERS }, (_, place) =>
    Number((bits >> BigInt(5 * (DATA_CHARACTERS - 1 - place))) & 31n),
  )
  return grouped([...values, checkValue(values)].map((value) => ALPHABET.charAt(value)).join(''))
}

/** Characters a smudged label or a quick finger turns into one another. */
const ALIKE = ['8B', '5S', '2Z', '6G', '0DQ', '17T', 'UVY', 'MNWH', '4A', 'CG', 'EF', 'PR', 'KX', '38', '9G', '69', 'DB']

export interface Suspicion {
  /** The first character in doubt, counted from 1. */
  place: number
  /** One character for another, or two neighbours that changed places. */
  kind: 'character' | 'swap'
  given: string
  likely: string
  code: string
}

const SUSPICIONS_MAX = 3

/** Of eleven characters that do not fit their check: which one looks wrong. Two that changed places come first, for that
 * is what fingers do; then what eyes mistake. Empty where nothing likely would fit. */
export function suspects(text: string): Suspicion[] {
  const plain = text.length > TYPED_MAX ? '' : fold(text)
  const read = parseHuman(text)
  if (!('problem' in read) || read.problem !== 'human_code_mistyped') return []
  const fits = (characters: string) => checkValue(valuesOf(characters)) === 0
  const found: Suspicion[] = []
  for (let at = 0; at + 1 < plain.length; at++) {
    const [given, likely] = [plain.slice(at, at + 2), plain.charAt(at + 1) + plain.charAt(at)]
    const tried = plain.slice(0, at) + likely + plain.slice(at + 2)
    if (given !== likely && fits(tried)) found.push({ place: at + 1, kind: 'swap', given, likely, code: grouped(tried) })
  }
  for (let at = 0; at < plain.length; at++) {
    const given = plain.charAt(at)
    const others = new Set(ALIKE.filter((group) => group.includes(given)).join('').replaceAll(given, ''))
    for (const likely of others) {
      const tried = plain.slice(0, at) + likely + plain.slice(at + 1)
      if (fits(tried)) found.push({ place: at + 1, kind: 'character', given, likely, code: grouped(tried) })
    }
  }
  return found.slice(0, SUSPICIONS_MAX)
}

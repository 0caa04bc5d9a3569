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

/** The human code of a label: the first 50 bits of its id, and the check character. */
export function humanCode(labelId: Uuid): string {
  const bits = BigInt(`0x${labelId.replaceAll('-', '')}`) >> BigInt(128 - DATA_CHARACTERS * 5)
  const values = Array.from({ length: DATA_CHARACTERS }, (_, place) =>
    Number((bits >> BigInt(5 * (DATA_CHARACTERS - 1 - place))) & 31n),
  )
  return grouped([...values, checkValue(values)].map((value) => ALPHABET.charAt(value)).join(''))
}

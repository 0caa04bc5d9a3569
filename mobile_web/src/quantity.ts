// Mass as whole grams: reads what people write, shows what people use. The same rules as tracker/quantity.py; both run
// tests/vectors/quantity.json. Figures are handled as digits, never as floating point, so no gram is lost in between.

const GRAM_DIGITS: Record<string, number> = {
  t: 6,
  吨: 6,
  tonne: 6,
  tonnes: 6,
  kg: 3,
  千克: 3,
  公斤: 3,
  g: 0,
  克: 0,
}
const GRAMS_PER_TONNE = 1_000_000

/** No container or pile in a park weighs more than 100,000 t; a larger figure is a slip of the unit. */
export const BATCH_GRAMS_MAX = 100_000 * GRAMS_PER_TONNE
/** From ten tonnes up, people speak of tonnes; below, of kilograms. */
const SHOWN_IN_TONNES_FROM = 10 * GRAMS_PER_TONNE

const SPACED = /^[+-]? ?[0-9]{1,3}( [0-9]{3})+(\.[0-9]+)?$/
const MASS = /^([+-]?[0-9][0-9.,' ]*)\s*(\p{L}*)$/u
const PLAIN = /^([+-]?)([0-9]+)(?:\.([0-9]+))?$/
const GROUPED = /^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$/
const ONE_COMMA = /^[+-]?[0-9]{1,3},[0-9]{3}$/
const DECIMAL_COMMA = /^[+-]?[0-9]+,[0-9]+$/
const TEXT_MAX = 100

export type MassProblem =
  | 'mass_unreadable'
  | 'mass_ambiguous'
  | 'mass_unit_missing'
  | 'mass_finer_than_a_gram'
  | 'mass_not_positive'
  | 'mass_absurd'

export type MassRead = { grams: number } | { problem: MassProblem }

/** Grams from what a person wrote: "12.3 t", "12300 kg", "１２．３吨". The unit must be there. */
export function parseMass(text: string): MassRead {
  const found = MASS.exec(text.normalize('NFKC').trim())
  if (found === null || text.length > TEXT_MAX) return { problem: 'mass_unreadable' }
  const unit = (found[2] ?? '').toLowerCase()
  if (unit === '') return { problem: 'mass_unit_missing' }
  const digits = GRAM_DIGITS[unit]
  if (digits === undefined) return { problem: 'mass_unreadable' }
  // "12 300 kg" is a way to write thousands; "12 3 t" is two numbers, and guessing which would be wrong by ten times.
  const figure = (found[1] ?? '').trim()
  if (figure.includes(' ') && !SPACED.test(figure)) return { problem: 'mass_unreadable' }
  return inGrams(figure.replaceAll(' ', ''), digits)
}

function inGrams(number: string, gramDigits: number): MassRead {
  let compact = number
  if (ONE_COMMA.test(compact)) return { problem: 'mass_ambiguous' }
  if (GROUPED.test(compact)) compact = compact.replaceAll(',', '')
  else if (DECIMAL_COMMA.test(compact)) compact = compact.replace(',', '.')
  const parts = PLAIN.exec(compact)
  if (parts === null) return { problem: 'mass_unreadable' }
  const decimals = (parts[3] ?? '').replace(/0+$/, '')
  if (decimals.length > gramDigits) return { problem: 'mass_finer_than_a_gram' }
  const grams = BigInt((parts[2] ?? '') + decimals.padEnd(gramDigits, '0'))
  if (parts[1] === '-' || grams === 0n) return { problem: 'mass_not_positive' }
  if (grams > BigInt(BATCH_GRAMS_MAX)) return { problem: 'mass_absurd' }
  return { grams: Number(grams) }
}

function plain(grams: number, gramDigits: number): string {
  const digits = String(Math.abs(grams)).padStart(gramDigits + 1, '0')
  const whole = digits.slice(0, digits.length - gramDigits)
  const decimals = digits.slice(digits.length - gramDigits).replace(/0+$/, '')
  return `${grams < 0 ? '-' : ''}${whole}${decimals === '' ? '' : `.${decimals}`}`
}

/** The figure people use, without loss: kilograms below 10 t, else tonnes; an estimate carries "≈". */
export function showMass(grams: number, measured = true): string {
  const inTonnes = Math.abs(grams) >= SHOWN_IN_TONNES_FROM
  return `${measured ? '' : '≈ '}${inTonnes ? `${plain(grams, 6)} t` : `${plain(grams, 3)} kg`}`
}

/** The figure alone, in the unit the keypad is set to. */
export function figureIn(grams: number, unit: 'kg' | 't'): string {
  return plain(grams, unit === 't' ? 6 : 3)
}

/** Tonnes with six decimals, as registers want them. */
export function showTonnes(grams: number): string {
  const digits = String(Math.abs(grams)).padStart(7, '0')
  return `${grams < 0 ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}

/** Whole grams in groups of three with thin spaces, for the exact figure one tap away. */
export function showGrams(grams: number): string {
  return String(grams).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f')
}

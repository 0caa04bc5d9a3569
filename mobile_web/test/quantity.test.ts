import { describe, expect, it } from 'vitest'
import { figureIn, parseMass, showGrams, showMass, showTonnes } from '../src/quantity'
import { vectors } from './vectors'

interface Vectors {
  parse: { text: string; grams?: number; problem?: string }[]
  show: { grams: number; measured?: boolean; text: string }[]
}

const set = vectors('quantity') as Partial<Vectors> | null

function outcome(text: string): number | string {
  const read = parseMass(text)
  return 'grams' in read ? read.grams : read.problem
}

describe('masses as people write them', () => {
  it.each([
    ['12.3 t', 12_300_000],
    ['12300 kg', 12_300_000],
    ['１２．３吨', 12_300_000],
    ['182公斤', 182_000],
    ['1,500,000 g', 1_500_000],
    ['0,5 kg', 500],
    ['0.000001 t', 1],
    ['0.100 kg', 100],
    ['100000 t', 100_000_000_000],
    ['12 300 kg', 12_300_000],
  ])('%s', (text, grams) => {
    expect(outcome(text)).toBe(grams)
  })

  it.each([
    ['', 'mass_unreadable'],
    ['much', 'mass_unreadable'],
    ['1,500 t', 'mass_ambiguous'],
    ['1500', 'mass_unit_missing'],
    ['3 lb', 'mass_unreadable'],
    ['0.0001 kg', 'mass_finer_than_a_gram'],
    ['0 kg', 'mass_not_positive'],
    ['-5 kg', 'mass_not_positive'],
    ['100000.000001 t', 'mass_absurd'],
    ['1e9 t', 'mass_unreadable'],
    ['1.2.3 kg', 'mass_unreadable'],
    [`${'9'.repeat(90)} t`, 'mass_absurd'],
    [`${'9'.repeat(200)} t`, 'mass_unreadable'],
  ])('%s is refused: %s', (text, problem) => {
    expect(outcome(text)).toBe(problem)
  })
})

describe('masses as people read them', () => {
  it.each([
    [182_000, true, '182 kg'],
    [182_000, false, '≈ 182 kg'],
    [9_999_999, true, '9999.999 kg'],
    [10_000_000, true, '10 t'],
    [12_345_678, true, '12.345678 t'],
    [0, true, '0 kg'],
    [-1, true, '-0.001 kg'],
  ])('%i g, measured %s: %s', (grams, measured, text) => {
    expect(showMass(grams, measured)).toBe(text)
  })

  it('shows every gram on request, in tonnes and as a figure for the keypad', () => {
    expect(showGrams(12_345_678)).toBe('12\u202f345\u202f678')
    expect(showTonnes(1_500_000)).toBe('1.500000')
    expect(figureIn(182_500, 'kg')).toBe('182.5')
    expect(figureIn(182_500, 't')).toBe('0.1825')
  })

  it('reads back whatever it shows', () => {
    for (const grams of [1, 999, 1_000, 123_456, 9_999_999, 10_000_001, 99_999_999_999]) {
      expect(outcome(showMass(grams))).toBe(grams)
    }
  })
})

describe.runIf(set)('the vectors shared with pytest', () => {
  it.each((set?.parse ?? []).map((each) => [each.text.slice(0, 40), each] as const))('reads %s', (_name, given) => {
    expect(outcome(given.text)).toBe(given.grams ?? given.problem)
  })

  it.each((set?.show ?? []).map((each) => [each.text, each] as const))('shows %s', (text, given) => {
    expect(showMass(given.grams, given.measured ?? true)).toBe(text)
  })
})

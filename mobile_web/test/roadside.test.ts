import { expect, test } from 'vitest'
import { guess, keyOf } from '../src/roadside/asked'

test.each([
  ['京A12345', 'plate'], ['京a·123 45', 'plate'], ['A12345', 'plate'], ['京AD12345', 'plate'], ['20261101000042', 'number'],
  ['BDA-2026-000042-V', 'number'], ['8ZNA-169C-PS-P', 'code'], ['8zna169cpsp', 'code'], ['HTTPS://WASTE.PARK.CN/M/ABC', 'code'],
])('%s is meant as a %s', (text, kind) => expect(guess(text).kind).toBe(kind))

test('an answer is found again however it is typed', () => {
  for (const typed of ['京A12O45', '京a·12 045', 'A12045']) expect(keyOf(guess(typed))).toBe('plate A12045')
  expect(keyOf(guess('8zna169cpsp'))).toBe(keyOf(guess('8ZNA-169C-PS-P')))
  expect(keyOf(guess('bda 2026 000042 v'))).toBe(keyOf(guess('BDA-2026-000042-V')))
})

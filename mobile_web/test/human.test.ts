import { describe, expect, it } from 'vitest'
import { meantAsNumber, groupedAsTyped, humanCode, parseHuman, suspects } from '../src/scan/human'
import { vectors } from './vectors'

const set = vectors('human_code') as {
  codes: { label_id: string; human_code: string }[]
  typed: { text: string; human_code?: string; problem?: string }[]
}

describe('the code for people', () => {
  it.each(set.codes.map((each) => [each.label_id, each.human_code] as const))('of label %s is %s', (id, code) => {
    expect(humanCode(id)).toBe(code)
  })

  it.each(set.typed.map((each) => [JSON.stringify(each.text.slice(0, 30)), each] as const))('typed as %s', (_name, given) => {
    const read = parseHuman(given.text)
    expect('code' in read ? read.code : read.problem).toBe(given.human_code ?? given.problem)
  })

  it('groups what is typed as the label prints it', () => {
    expect(groupedAsTyped('8zna169cpsp')).toBe('8ZNA-169C-PS-P')
  })
})

describe('a manifest number in the box for codes', () => {
  it.each(['20261101000042', '２０２６ 1101 000042', 'bda-2026-000042-v', '2026110100004'])('%s is meant as a number', (typed) => {
    expect(meantAsNumber(typed)).toBe(true)
  })
  it.each(['K7QF-2M9X-RT-C', '12345678901', '', 'x'.repeat(70), '污泥'])('%s is not', (typed) => {
    expect(meantAsNumber(typed)).toBe(false)
  })
})

describe('which character looks wrong', () => {
  const right = '8ZNA-169C-PS-P'

  it('names the two that changed places', () => {
    expect(suspects('8ZAN-169C-PS-P')[0]).toMatchObject({ kind: 'swap', place: 3, likely: 'NA', code: right })
  })

  it('names the one an eye mistakes, however it was typed', () => {
    expect(suspects('bzna 169c ps p')).toContainEqual(expect.objectContaining({ place: 1, given: 'B', likely: '8', code: right }))
  })

  it('is silent about a right code, a short one, and one that nothing likely explains', () => {
    expect(suspects(right)).toEqual([])
    expect(suspects('8ZNA')).toEqual([])
    expect(suspects('8ZNA-169C-PS-P'.repeat(9))).toEqual([])
  })

  it('proposes only codes that fit', () => {
    for (const { code } of suspects('8ZNA-169C-P5-P')) expect(parseHuman(code)).toEqual({ code })
  })
})

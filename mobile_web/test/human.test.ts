import { describe, expect, it } from 'vitest'
import { groupedAsTyped, humanCode, parseHuman } from '../src/scan/human'
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

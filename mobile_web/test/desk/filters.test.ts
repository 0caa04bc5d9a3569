import { describe, expect, it } from 'vitest'
import { say, tailOf, valuesFrom, type SentencePart } from '../../src/desk/lists/sentence'

const PARTS: SentencePart[] = [
  'Batches that are',
  { name: 'state', kind: 'choice', options: [{ value: '', label: 'anything' }, { value: 'on_site', label: 'on site' }], start: 'on_site' },
  'called',
  { name: 'q', kind: 'text', placeholder: 'any code', label: 'Code' },
]

const from = (tail: string) => valuesFrom(PARTS, new URLSearchParams(tail))

describe('a sentence that filters', () => {
  it('starts as it is written', () => {
    expect(from('')).toEqual({ state: 'on_site', q: '' })
    expect(say(PARTS, from(''), ' ')).toBe('Batches that are on site called any code')
  })

  it('reads its blanks from the address', () => {
    expect(from('?state=&q=8ZNA')).toEqual({ state: '', q: '8ZNA' })
    expect(say(PARTS, from('?state=&q=8ZNA'), ' ')).toBe('Batches that are anything called 8ZNA')
  })

  it('does not believe a value that is no option', () => {
    expect(from('?state=%3Cscript%3E')['state']).toBe('on_site')
  })

  it('writes only what differs from the start, and reads it back as it was', () => {
    expect(tailOf(PARTS, { state: 'on_site', q: '' })).toBe('')
    for (const values of [{ state: '', q: '' }, { state: 'on_site', q: '废油 & co' }]) expect(from(tailOf(PARTS, values))).toEqual(values)
  })
})

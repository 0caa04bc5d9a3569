import { describe, expect, it } from 'vitest'
import { errorsAgain, evidenceAgain, formAgain, type Told } from '../src/act/again'
import { draftFor, emptyForm } from '../src/act/form'
import { errorWords } from '../src/act/fields'
import type { Words } from '../src/words'
import type { Subject } from '../src/what/subject'

const line = (batch: string) => ({ batch, code: batch, name: 'Oily rags', grams: 182_000, measured: false, prev: 'f0', state: 'arrived' as const, loaded: null })
const subject: Subject = { what: 'manifest', manifest: 'm1', holder: 'c1', legs: [], treatment: 'D10', plate: null, lines: [line('b1'), line('b2')], acts: [] }
const photo = { sha256: 'a'.repeat(64), bytes: 10, media: 'image/jpeg', what: 'photo' }

const told: Told = {
  fact: {
    id: 'x', kind: 'received', observed_at: '2026-11-22T06:10:00+00:00', manifest: 'm1', evidence: [photo], private: { note: 'gate 2' },
    lines: [{ batch: 'b1', grams: 100_500, measured: true, prev: 'old' }, { batch: 'b2', grams: 80_000, measured: false }],
    details: { outcome: 'part', cause: 'not_conform', text: 'leaks', refused: [{ batch: 'b2', refused_grams: 1_000, into: 'n' }] },
  },
  problem: {
    status: 422, code: 'several', zh: '', en: '',
    errors: [
      { code: 'a', pointer: '/lines/1/grams', zh: '太重', en: 'Too heavy.' },
      { code: 'b', pointer: '/details/refused/0/refused_grams', zh: '', en: 'More than came.' },
      { code: 'c', pointer: '/facts/0/details/cause', zh: '', en: 'No such cause.' },
      { code: 'd', pointer: '/place', zh: '', en: 'Not on earth.' },
    ],
  },
}

describe('a record that was turned away, told again', () => {
  it('opens as it was filled in, with what was last seen now', () => {
    const form = formAgain(emptyForm('received', subject), told, subject)
    const draft = draftFor('received', form, subject, null)
    expect(draft.lines).toEqual([
      { batch: 'b1', grams: 100_500, measured: true, prev: 'f0' },
      { batch: 'b2', grams: 80_000, measured: false, prev: 'f0' },
    ])
    expect(draft.details).toMatchObject({ outcome: 'part', cause: 'not_conform', text: 'leaks', refused: [{ batch: 'b2', refused_grams: 1_000 }] })
    expect(draft.private).toEqual({ note: 'gate 2' })
    expect(evidenceAgain(told)).toEqual([photo])
  })

  it('marks every field the park pointed to, in its own sentence', () => {
    const errors = errorsAgain(told, 'en')
    expect(errors).toEqual({ 'amount:b2': { said: 'Too heavy.' }, 'refused:b2': { said: 'More than came.' }, cause: { said: 'No such cause.' } })
    expect(errorWords({} as Words, errors['cause'])).toBe('No such cause.')
    expect(errorsAgain(told, 'zh')['amount:b2']).toEqual({ said: '太重' })
  })

  it('opens as ever where nothing was told before, and keeps the plate and why it stayed', () => {
    const fresh = emptyForm('picked_up', subject)
    expect(formAgain(fresh, null, subject)).toBe(fresh)
    expect(errorsAgain(null, 'en')).toEqual({})
    const plate = { ...told, fact: { ...told.fact, kind: 'picked_up' as const, details: { plate: '京A1' } } }
    expect(formAgain(fresh, plate, subject).plate).toBe('京A1')
    const left = { ...told, fact: { ...told.fact, kind: 'not_collected' as const, lines: [{ batch: 'b2' }], details: { cause: 'closed' } } }
    expect(formAgain(fresh, left, subject)).toMatchObject({ reason: 'closed', left: ['b2'] })
  })
})

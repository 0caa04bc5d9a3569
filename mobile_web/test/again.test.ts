import { describe, expect, it } from 'vitest'
import { errorsAgain, evidenceAgain, formAgain, type Told } from '../src/act/again'
import { draftFor, emptyForm, errorsOf, type ActForm } from '../src/act/form'
import { classesIn, NOTHING_NAMED } from '../src/act/named'
import { takerIn, takersOf } from '../src/act/road'
import { batchAgain, batchErrorsAgain, batchIdAgain } from '../src/make/againBatch'
import { errorsIn, newBatchDraft } from '../src/make/newBatch'
import { en } from '../src/words/en'
import { errorWords } from '../src/act/fields'
import type { Words } from '../src/words'
import type { Subject } from '../src/what/subject'

const line = (batch: string) => ({ batch, code: batch, name: 'Oily rags', grams: 182_000, measured: false, prev: 'f0', state: 'arrived' as const, loaded: null })
const subject: Subject = { what: 'manifest', manifest: 'm1', holder: 'c1', legs: [], treatment: 'D10', plate: null, lines: [line('b1'), line('b2')], acts: [] }
const photo = { sha256: 'a'.repeat(64), bytes: 10, media: 'image/jpeg', what: 'photo' }

const RAGS = { scheme: 'CN-HW', edition: '2021', code: '900-041-49', name_zh: '含油抹布', name_en: 'Oily rags', hazardous: true, verified: true }
const RAGS_KEY = { scheme: 'CN-HW', edition: '2021', code: '900-041-49' }
const SHED = { id: 'shed', name_zh: '一号库', name_en: 'Shed 1' }
const WANG = { id: 'c9', name_zh: '王运输', name_en: 'Wang Haulage' }

const told: Told = {
  named: NOTHING_NAMED,
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

const again = (kind: Told['fact']['kind'], details: Record<string, unknown>, named: Partial<Told['named']> = {}): Told => ({
  ...told, fact: { ...told.fact, kind, details }, named: { ...NOTHING_NAMED, ...named },
})

describe('what a form picks by name is shown again', () => {
  it('what a treatment made: grams, names, the class of what is left', () => {
    const outputs = [{ kind: 'product', grams: 150_000, name: 'oil' }, { kind: 'residue', grams: 32_000, batch: 'r', class: RAGS_KEY }]
    const record = again('treated', { treatment: 'R9', outputs }, { classes: [RAGS] })
    expect(classesIn(record.fact)).toEqual([RAGS_KEY])
    const form = formAgain(emptyForm('treated', subject), record, subject)
    expect(errorsOf('treated', form, subject)).toEqual({})
    expect(draftFor('treated', form, subject, null).details).toMatchObject({
      treatment: 'R9', outputs: [{ kind: 'product', grams: 150_000, name: 'oil' }, { kind: 'residue', grams: 32_000, class: RAGS_KEY }],
    })
  })

  it('a class nobody can name now is asked for, and a sentence about an output stands at that output', () => {
    const record = again('treated', { treatment: 'R9', outputs: [{ kind: 'residue', grams: 1_000, class: RAGS_KEY }] })
    const form = formAgain(emptyForm('treated', subject), record, subject)
    expect(Object.values(errorsOf('treated', form, subject))).toEqual(['needClass'])
    const problem = { status: 422, code: 'a', zh: '', en: 'More than went in.', pointer: '/details/outputs/0/grams' }
    expect(errorsAgain({ ...record, problem }, 'en')).toEqual({ [`output:${form.outputs[0]?.key ?? ''}`]: { said: 'More than went in.' } })
  })

  it('the store it was put into', () => {
    const form = formAgain(emptyForm('stored', subject), again('stored', { store: 'shed' }, { store: SHED }), subject)
    expect(form).toMatchObject({ store: 'shed', storePlace: SHED })
    const unnamed = formAgain(emptyForm('stored', subject), again('stored', { store: 'shed' }), subject)
    expect(errorsOf('stored', unnamed, subject)).toEqual({ store: 'needStore' })
  })

  it('who took it over: a leg of the manifest as that leg, anybody else by name', () => {
    const legs = [{ leg: 2, what: 'carrier' as const, party: 'c2', name: 'C2', plate: null, open: true }]
    const onRoad = { ...subject, legs }
    const opened = (form: ActForm) => takerIn(takersOf(en, onRoad), form)
    const leg = formAgain(emptyForm('handed_over', onRoad), again('handed_over', { carrier: 'c2' }), onRoad)
    expect([leg.carrier, leg.carrierParty, opened(leg)]).toEqual(['c2', null, 'leg-2'])
    const other = formAgain(emptyForm('handed_over', onRoad), again('handed_over', { carrier: 'c9' }, { carrier: WANG }), onRoad)
    expect([other.carrier, other.carrierParty, opened(other)]).toEqual(['c9', WANG, 'other'])
    expect(opened(emptyForm('handed_over', onRoad))).toBeNull()
  })
})

describe('a drum that was turned away', () => {
  const drum: Told = {
    named: { classes: [RAGS], carrier: null, store: SHED },
    problem: { status: 422, code: 'several', errors: [{ code: 'a', pointer: '/facts/0/details/store', zh: '不是您的', en: 'Not your store.' }, { code: 'b', pointer: '/lines/0/grams', zh: '', en: 'Too heavy.' }] },
    fact: {
      id: 'x', kind: 'generated', observed_at: '', manifest: null, lines: [{ batch: 'drum-1', grams: 182_500, measured: true }], private: { note: 'by the gate' },
      details: { class: RAGS_KEY, form: 'solid', container: 'drum', process: 'line 2', store: 'shed', label: '018f0000-0000-7000-8000-000000000001' },
    },
  }

  it('opens as it was filled in, and is the same drum with the same label', () => {
    const batch = batchAgain({ told: drum, labelFree: true })
    expect(errorsIn(batch)).toEqual({})
    const draft = newBatchDraft(batchIdAgain(drum) ?? '', batch, { no_place: 'not_asked' }, [])
    expect(draft).toMatchObject({ lines: drum.fact.lines, details: drum.fact.details, private: drum.fact.private })
    expect(batch.label?.code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}-[0-9A-Z]$/)
  })

  it('takes another label where its own went on something else, and another id where that was wrong', () => {
    expect(batchAgain({ told: drum, labelFree: false }).label).toBeNull()
    const taken = { ...drum, problem: { status: 422, code: 'a', pointer: '/facts/0/lines/0/batch', zh: '', en: '' } }
    expect(batchIdAgain(taken)).toBeNull()
    expect(batchIdAgain(null)).toBeNull()
  })

  it('says of each field what the park said of it', () => {
    expect(batchErrorsAgain(drum, 'en')).toEqual({ store: { said: 'Not your store.' }, grams: { said: 'Too heavy.' } })
    expect(batchErrorsAgain(drum, 'zh').store).toEqual({ said: '不是您的' })
  })
})

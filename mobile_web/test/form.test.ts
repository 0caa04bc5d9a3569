import { describe, expect, it } from 'vitest'
import { typeKey } from '../src/act/amount'
import { draftFor, emptyForm, errorsOf, leftOver, type ActForm } from '../src/act/form'
import type { ActKind, WasteClass } from '../src/wire'
import { offeredActs, type Subject } from '../src/what/subject'

const ASH: WasteClass = { scheme: 'CN-HW', edition: '2021', code: '772-003-18', name_zh: '灰', name_en: 'Ash', hazardous: true, verified: true }
const subject: Subject = {
  what: 'batch',
  manifest: 'm1',
  holder: 'c1',
  legs: [],
  treatment: 'D10',
  plate: null,
  lines: [{ batch: 'b1', code: '8ZNA-169C-PS-P', name: 'Oily rags', grams: 182_000, measured: false, prev: 'f0', state: 'in_transit', loaded: null }],
  acts: [],
}

function filled(kind: ActKind, change: Partial<ActForm>): ActForm {
  return { ...emptyForm(kind, subject), ...change }
}

const kg = (text: string, measured = true) => ({ b1: { text, unit: 'kg' as const, measured } })

describe('an act becomes a fact', () => {
  it('pickup as the books have it: no grams, no guess', () => {
    const form = filled('picked_up', { plate: '京a 12345' })
    expect(errorsOf('picked_up', form, subject)).toEqual({})
    expect(draftFor('picked_up', form, subject, null)).toMatchObject({
      kind: 'picked_up',
      manifest: 'm1',
      lines: [{ batch: 'b1', prev: 'f0' }],
      details: { plate: '京A12345' },
    })
    expect(draftFor('picked_up', form, subject, null).lines[0]).not.toHaveProperty('grams')
  })

  it('receipt needs grams, and says whether they were weighed', () => {
    expect(errorsOf('received', filled('received', {}), subject)).toEqual({ 'amount:b1': 'needGrams' })
    const draft = draftFor('received', filled('received', { amounts: kg('150') }), subject, { longitude: 116.5, latitude: 39.79 })
    expect(draft.lines).toEqual([{ batch: 'b1', grams: 150_000, measured: true, prev: 'f0' }])
    expect(draft.details).toEqual({ outcome: 'whole' })
    expect(draft.place).toEqual({ longitude: 116.5, latitude: 39.79 })
  })

  it('part: what was refused gets a batch of its own, with a cause', () => {
    const form = filled('received', { outcome: 'part', amounts: kg('100') })
    expect(errorsOf('received', form, subject)).toEqual({ cause: 'needCause', 'refused:b1': 'needGrams' })
    const ready = { ...form, cause: 'not_conform' as const, refused: kg('82') }
    expect(errorsOf('received', ready, subject)).toEqual({})
    expect(draftFor('received', ready, subject, null).details).toEqual({
      outcome: 'part',
      cause: 'not_conform',
      refused: [{ batch: 'b1', refused_grams: 82_000, into: expect.stringMatching(/^[0-9a-f-]{36}$/) as string }],
    })
  })

  it('refused: a cause and no grams', () => {
    const form = filled('received', { outcome: 'refused', cause: 'other', amounts: kg('182'), text: ' wet ' })
    expect(errorsOf('received', form, subject)).toEqual({})
    const draft = draftFor('received', form, subject, null)
    expect(draft.lines).toEqual([{ batch: 'b1', prev: 'f0' }])
    expect(draft.details).toEqual({ outcome: 'refused', cause: 'other', text: 'wet' })
  })

  it('treatment adds up to the gram, and a residue names its batch and class', () => {
    const ash = { key: 'k1', kind: 'residue' as const, name: '', wasteClass: null, amount: { text: '12.5', unit: 'kg' as const, measured: true } }
    const form = filled('treated', { outputs: [ash] })
    expect(form.treatment).toBe('D10')
    expect(leftOver(form, subject)).toBe(169_500)
    expect(errorsOf('treated', form, subject)).toEqual({ 'class:k1': 'needClass' })
    const draft = draftFor('treated', filled('treated', { outputs: [{ ...ash, wasteClass: ASH }] }), subject, null)
    expect(draft.manifest).toBeNull()
    expect(draft.details).toMatchObject({
      treatment: 'D10',
      outputs: [{ kind: 'residue', grams: 12_500, class: { scheme: 'CN-HW', edition: '2021', code: '772-003-18' } }],
    })
  })

  it('keeps free words out of the log', () => {
    const draft = draftFor('arrived', filled('arrived', { note: ' gate 2, Mr Li ' }), subject, null)
    expect(draft.private).toEqual({ note: 'gate 2, Mr Li' })
    expect(draft.details).toEqual({})
  })

  it('does not stop at what is only odd', () => {
    expect(errorsOf('received', filled('received', { amounts: kg('99999') }), subject)).toEqual({})
  })
})

describe('what is offered', () => {
  const why = { code: 'x', zh: '', en: '' }
  it('makes one act of its outcomes, the likelier first, the barred last', () => {
    const acts = offeredActs([
      { kind: 'treated', may: false, likely: false, why },
      { kind: 'arrived', may: true, likely: false },
      { kind: 'received', outcome: 'whole', may: true, likely: true },
      { kind: 'received', outcome: 'refused', may: true, likely: false },
      { kind: 'corrected', may: true, likely: false },
    ])
    expect(acts.map((act) => act.kind)).toEqual(['received', 'arrived', 'treated'])
    expect(acts[0]).toMatchObject({ may: true, likely: true, outcomes: ['whole', 'refused'] })
  })
})

describe('the keypad', () => {
  it.each([
    ['', '5', '5'],
    ['0', '5', '5'],
    ['', '.', '0.'],
    ['1.5', '.', '1.5'],
    ['12345678901234', '5', '12345678901234'],
  ])('%s and %s make %s', (text, key, result) => {
    expect(typeKey(text, key)).toBe(result)
  })
})

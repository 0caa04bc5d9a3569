import { describe, expect, test } from 'vitest'
import { emptyBatch, errorsIn, newBatchDraft, type NewBatch } from '../src/make/newBatch'
import type { Evidence, Place, WasteClass } from '../src/wire'

const SLUDGE = { scheme: 'CN-SW', edition: '2024', code: '900-099-S07', hazardous: false } as WasteClass
const STORE = { id: 'shed-1' } as Place
const PHOTO: Evidence = { sha256: 'a'.repeat(64), bytes: 5, media: 'image/jpeg', what: 'photo' }
const TICKET: Evidence = { ...PHOTO, sha256: 'b'.repeat(64), what: 'scale_ticket' }

function drum(change: Partial<NewBatch> = {}): NewBatch {
  return { ...emptyBatch(), wasteClass: SLUDGE, amount: { text: '182', unit: 'kg', measured: true }, form: 'solid', ...change }
}

describe('a new drum', () => {
  test('carries its photos, its store and the place it was made at', () => {
    const place = { longitude: 116.5, latitude: 39.8, accuracy_m: 9 }
    const draft = newBatchDraft('d', drum({ store: STORE }), { place }, [PHOTO, TICKET])
    expect(draft).toMatchObject({ kind: 'generated', lines: [{ batch: 'd', grams: 182_000, measured: true }], details: { store: 'shed-1' }, place, evidence: [PHOTO, TICKET] })
    expect(draft).not.toHaveProperty('no_place')
  })

  test('says why it has no place, and goes all the same', () => {
    const draft = newBatchDraft('d', drum(), { no_place: 'declined' }, [])
    expect(draft).toMatchObject({ no_place: 'declined' })
    expect(draft).not.toHaveProperty('place')
    expect(draft?.details).not.toHaveProperty('store')
  })

  test('keeps its note out of the log itself, and sends none that is empty', () => {
    expect(newBatchDraft('d', drum({ note: ' 王师傅签收 ' }), { no_place: 'not_asked' }, [])?.private).toEqual({ note: '王师傅签收' })
    expect(newBatchDraft('d', drum({ note: '  ' }), { no_place: 'not_asked' }, [])).not.toHaveProperty('private')
  })

  test('needs a class, a weight and a form, and nothing else', () => {
    expect(errorsIn(emptyBatch())).toEqual({ class: 'needClass', grams: 'needGrams', form: 'needForm' })
    expect(errorsIn(drum())).toEqual({})
    expect(newBatchDraft('d', emptyBatch(), { no_place: 'not_asked' }, [])).toBeNull()
  })

  test('comes back from a lock as it was filled in', () => {
    const filled = drum({ store: STORE, note: 'x', label: { id: 'l', code: 'K7QF-2M9X-RT-C' } })
    expect(JSON.parse(JSON.stringify(filled))).toEqual(filled)
  })
})

import { describe, expect, it } from 'vitest'
import { draftFor, emptyForm, errorsOf } from '../../src/act/form'
import { commonActs, perFact } from '../../src/act/together'
import { onBatches, toldOf } from '../../src/pocket/bylabel'
import type { Label } from '../../src/scan/code'
import { en } from '../../src/words/en'
import { subjectOf, type Subject } from '../../src/what/subject'
import type { Fact, Party } from '../../src/wire'
import { D, P, T, told } from './books'

const LABEL: Label = {
  park: 1, keyId: 1, labelId: '01a20194-1d38-76f5-877b-0fd4f3b0c8ab', day: '2026-11-20', what: 'batch', wasteClass: 7, generator: 1, grams: 182_000,
  measured: false, hazardous: true,
}
const PAPER: Label = { ...LABEL, what: 'manifest', wasteClass: 0 }

const byLabel = (id: string, kind: Fact['kind'], change: Partial<Fact> = {}) => told(id, kind, { manifest: null, lines: [{ label: LABEL.labelId }], ...change })
const kinds = (label: Label, me: Party | null, facts: Fact[] = []) => [...new Set(toldOf(label, me, facts).next.map((act) => act.kind))]

function subject(label: Label, me: Party, facts: Fact[] = []): Subject {
  const alone = { label, told: toldOf(label, me, facts), class: null, generator: null }
  const found = subjectOf(en, 'en', { verdict: 'genuine', what: 'batch', batch: null, manifest: null, known: 'label', alone })
  if (found === null) throw new Error('no subject')
  return found
}

describe('a genuine label that this phone has never met', () => {
  it('offers each enterprise what its roles allow in some state, the likeliest first', () => {
    expect(kinds(LABEL, T)).toEqual(['picked_up', 'arrived', 'weighed', 'handed_over', 'not_collected', 'stopped', 'returned'])
    expect(kinds(LABEL, D)).toEqual(['received', 'treated', 'arrived', 'weighed', 'stored', 'taken_out'])
    expect(kinds(LABEL, P)).toEqual(['picked_up', 'treated', 'weighed', 'stored', 'taken_out', 'not_collected', 'returned'])
    expect(toldOf(LABEL, T, []).next[0]).toMatchObject({ likely: true, may: true, why: null })
  })

  it('offers nothing to who is nothing to it, nor to who only looks on', () => {
    expect(kinds(LABEL, { ...P, id: 'P9', number: 9 })).toEqual([])
    expect(kinds(LABEL, null)).toEqual([])
  })

  it('goes on from what this phone told of it: picked up, then arrived', () => {
    const first = byLabel('a', 'picked_up', { lines: [{ label: LABEL.labelId, grams: 181_000, measured: true }] })
    const then = toldOf(LABEL, T, [first, byLabel('other', 'picked_up', { lines: [{ label: 'another' }] })])
    expect(then.unsent.map((fact) => fact.id)).toEqual(['a'])
    expect(then).toMatchObject({ states: ['in_transit', 'returning'], grams: 181_000, measured: true })
    // Only a load that is on its way home could be picked up once more, so that comes last.
    expect(then.next.map((act) => act.kind)).toEqual(['arrived', 'weighed', 'handed_over', 'stopped', 'picked_up', 'returned'])
    expect(toldOf(LABEL, D, [byLabel('a', 'arrived'), byLabel('b', 'received')]).states).toEqual(['received'])
  })

  it('a label of a manifest offers what is told of the whole load', () => {
    expect(kinds(PAPER, T)).toEqual(['picked_up', 'arrived', 'handed_over', 'stopped', 'returned'])
    expect(kinds(PAPER, D)).toEqual(['received', 'arrived'])
  })

  it('becomes a fact that names the label, and follows the one before', () => {
    const drum = subject(LABEL, T)
    const form = { ...emptyForm('picked_up', drum), plate: '京A12345' }
    expect(errorsOf('picked_up', form, drum)).toEqual({})
    const draft = draftFor('picked_up', form, drum, null)
    // The grams of the label are the label's: nobody weighed, so nobody says so.
    expect(draft.lines).toEqual([{ label: LABEL.labelId }])
    expect(draft).toMatchObject({ manifest: null, details: { plate: '京A12345' } })
    const next = subject(LABEL, T, [byLabel('a', 'picked_up')])
    expect(draftFor('arrived', emptyForm('arrived', next), next, null).lines).toEqual([{ label: LABEL.labelId, prev: 'a' }])
  })

  it('a receipt by label refuses a part by label', () => {
    const drum = subject(LABEL, D)
    const kg = (text: string) => ({ [LABEL.labelId]: { text, unit: 'kg' as const, measured: true } })
    const form = { ...emptyForm('received', drum), outcome: 'part' as const, cause: 'not_conform' as const, amounts: kg('100'), refused: kg('82') }
    expect(errorsOf('received', form, drum)).toEqual({})
    const draft = draftFor('received', form, drum, null)
    expect(draft.lines).toEqual([{ label: LABEL.labelId, grams: 100_000, measured: true }])
    expect(draft.details['refused']).toMatchObject([{ label: LABEL.labelId, refused_grams: 82_000 }])
  })

  it('a receipt by the label of a manifest names that and no line', () => {
    const paper = subject(PAPER, D)
    const form = emptyForm('received', paper)
    expect(errorsOf('received', form, paper)).toEqual({})
    expect(draftFor('received', form, paper, null)).toMatchObject({ manifest: null, manifest_label: LABEL.labelId, lines: [] })
  })

  it('many drums by their labels are one fact each; a manifest known by its label alone is told by itself', () => {
    const drums = [subject(LABEL, T), subject({ ...LABEL, labelId: '01a20194-1d38-76f5-877b-0fd4f3b0c8ac' }, T)]
    expect(commonActs(drums)[0]?.kind).toBe('picked_up')
    expect(perFact('picked_up', drums)).toHaveLength(2)
    expect(commonActs([...drums, subject(PAPER, T)])).toEqual([])
  })

  it('once the pocket knows what the label is on, the record counts there', () => {
    const on = new Map([[LABEL.labelId, 'drum']])
    expect(onBatches([byLabel('a', 'picked_up')], on)[0]?.lines).toEqual([{ label: LABEL.labelId, batch: 'drum' }])
    const plain = told('b', 'picked_up')
    expect(onBatches([plain], on)[0]).toBe(plain)
  })
})

import { describe, expect, it } from 'vitest'
import lifecycle from '../generated/lifecycle.json'
import { refusedOn } from '../src/act/after'
import { historyOf } from '../src/act/corrections'
import { cameIn, differenceOf, percentOf, receiptDifference } from '../src/act/difference'
import { correctionDraft } from '../src/act/draftCorrection'
import { draftFor, emptyForm, errorsOf, type ActForm } from '../src/act/form'
import { storesOf, takersOf } from '../src/act/road'
import { homeLegs, waitsToGoHome, whoHasIt } from '../src/make/home'
import { moreToSend } from '../src/make/legs'
import { barredByReason, homeOf, homewardFirst } from '../src/what/what'
import { APPLIES, offeredActs, subjectFor, type Subject, type SubjectLine } from '../src/what/subject'
import { en } from '../src/words/en'
import type { ActKind, Fact, HistoryFact, LabelAnswer, Manifest, Party, Proposal, Receipt } from '../src/wire'

const line = (id: string, change: Partial<SubjectLine> = {}): SubjectLine => ({
  batch: id, code: `CODE-${id}`, name: 'Oily rags', grams: 1_000_000, measured: true, prev: `f-${id}`, state: 'in_transit', loaded: 1_000_000, ...change,
})
const subject: Subject = {
  what: 'manifest', manifest: 'm1', holder: 'T', treatment: 'D10', plate: '京A12345', acts: [], lines: [line('b1'), line('b2', { state: 'reserved' })],
  legs: [
    { leg: 1, what: 'carrier', party: 'T', name: 'T Ltd', plate: '京A12345', open: false },
    { leg: 2, what: 'store', party: 'S', name: 'S Ltd', plate: null, open: true },
    { leg: 3, what: 'carrier', party: 'T2', name: 'T2 Ltd', plate: '京B2', open: true },
  ],
}
const filled = (kind: ActKind, change: Partial<ActForm>): ActForm => ({ ...emptyForm(kind, subject), ...change })
const kg = (text: string) => ({ text, unit: 'kg' as const, measured: true })

describe('what is told on the road', () => {
  it('what was not collected names the batches that stayed, and why', () => {
    expect(errorsOf('not_collected', filled('not_collected', { left: [] }), subject)).toEqual({ reason: 'needCause', left: 'needOne' })
    expect(errorsOf('not_collected', filled('not_collected', { reason: 'other' }), subject)).toEqual({ text: 'needText' })
    const draft = draftFor('not_collected', filled('not_collected', { reason: 'closed', left: ['b2'], text: ' 门锁着 ' }), subject, null)
    expect(draft).toMatchObject({ kind: 'not_collected', manifest: 'm1', lines: [{ batch: 'b2', prev: 'f-b2' }], details: { cause: 'closed', text: '门锁着' } })
  })

  it('a stop has a reason and changes no grams', () => {
    const draft = draftFor('stopped', filled('stopped', { reason: 'breakdown' }), subject, null)
    expect(draft.details).toEqual({ reason: 'breakdown' })
    expect(draft.lines.every((each) => each.grams === undefined)).toBe(true)
  })

  it('a store on the way is one the manifest names', () => {
    expect(storesOf(subject.legs).map((leg) => leg.party)).toEqual(['S'])
    expect(errorsOf('deposited', filled('deposited', {}), subject)).toEqual({ keeper: 'needKeeper' })
    expect(draftFor('deposited', filled('deposited', { keeper: 'S', store: 'p1' }), subject, null).details).toEqual({ keeper: 'S', store: 'p1' })
  })

  it('undoing a combination says why, where somebody says so', () => {
    const draft = draftFor('dissolved', filled('dissolved', { text: 'wrong drums' }), subject, null)
    expect(draft).toMatchObject({ manifest: null, details: { reason: 'wrong drums' } })
  })

  it('it is handed to a leg still to be driven, to another driver of the same carrier, or to anybody else', () => {
    expect(takersOf(en, subject).map((taker) => [taker.key, taker.party])).toEqual([['leg-3', 'T2'], ['same', 'T'], ['other', null]])
    const same = filled('handed_over', { carrier: 'T' })
    expect(same.plate).toBe('')
    expect(errorsOf('handed_over', same, subject)).toEqual({ plate: 'needPlate' })
    expect(draftFor('handed_over', { ...same, plate: '京c 3' }, subject, null).details).toEqual({ carrier: 'T', plate: '京C3' })
  })

  it('another cause of a refusal has to be said in words', () => {
    const form = filled('received', { outcome: 'refused', cause: 'other' })
    expect(errorsOf('received', form, subject)).toEqual({ text: 'needText' })
  })

  it('an act is told of the batches it can befall, and of all where it fits none', () => {
    expect(subjectFor('picked_up', subject).lines.map((each) => each.batch)).toEqual(['b2'])
    expect(subjectFor('returned', subject).lines).toHaveLength(2)
    expect(subjectFor('weighed', subject).lines).toHaveLength(2)
  })

  it('fits the table of the park: no act is told where it would move nothing or be odd', () => {
    const table = lifecycle.table as Record<string, Record<string, { then: string | null; finding: string | null }>>
    for (const [kind, states] of Object.entries(APPLIES)) {
      for (const state of states) expect([kind, state, table[state]?.[kind]?.finding], `${kind} while ${state}`).toEqual([kind, state, null])
    }
  })
})

describe('a scale against what was loaded', () => {
  it('says grams and percent, to a tenth', () => {
    expect(differenceOf(950_000, 1_000_000)).toEqual({ grams: 50_000, percent: '5 %', more: false })
    expect(differenceOf(1_012_500, 1_000_000)).toEqual({ grams: 12_500, percent: '1.3 %', more: true })
    expect(percentOf(1, 1_000_000)).toBe('< 0.1 %')
    expect(differenceOf(1_000_000, 1_000_000)).toBeNull()
    expect(differenceOf(5, null)).toBeNull()
  })

  it('counts accepted and refused together, and waits until something was typed', () => {
    const one = { ...subject, lines: [line('b1')] }
    expect(cameIn(emptyForm('received', one), line('b1'))).toBeNull()
    const part = { ...emptyForm('received', one), outcome: 'part' as const, amounts: { b1: kg('600') }, refused: { b1: kg('400') } }
    expect(receiptDifference(part, one.lines)).toBeNull()
    expect(receiptDifference({ ...part, refused: { b1: kg('300') } }, one.lines)).toMatchObject({ grams: 100_000, percent: '10 %', more: false })
    expect(receiptDifference({ ...part, outcome: 'refused' }, one.lines)).toBeNull()
  })
})

describe('why not', () => {
  const why = (code: string) => ({ code, zh: code, en: code })
  it('keeps what is odd about an act that may be, and says where others are told', () => {
    const acts = offeredActs([
      { kind: 'arrived', may: true, likely: false, why: why('odd') },
      { kind: 'received', may: false, likely: false, why: why('not yours') },
      { kind: 'received', outcome: 'refused', may: true, likely: false, why: null },
      { kind: 'treated', may: false, likely: false, why: why('not yours') },
      { kind: 'split', may: true, likely: false, why: null },
    ])
    const by = Object.fromEntries(acts.map((act) => [act.kind, act]))
    expect(by['arrived']).toMatchObject({ may: true, why: { code: 'odd' } })
    expect(by['received']).toMatchObject({ may: true, why: null, outcomes: ['refused'] })
    expect(by['split']).toMatchObject({ here: false })
    expect(barredByReason([by['treated'], by['split']].filter((act) => act !== undefined), (act) => act.why?.en ?? 'elsewhere').map((each) => each.why)).toEqual(['not yours', 'elsewhere'])
  })
})

describe('the way home', () => {
  const t: Party = { id: 'T', name_zh: '承运', name_en: 'T Ltd' }
  const manifest = {
    id: 'm1',
    carriers: [{ leg: 1, party: t, plate: '京A12345', took_over_at: '2026-11-21T08:00:00Z' }, { leg: 2, party: t, plate: '京A9', took_over_at: null }],
    lines: [
      { batch: { id: 'b1', state: 'received', grams: 600 }, outcome: 'part' },
      { batch: { id: 'b9', state: 'refused', grams: 400, holder: t }, outcome: 'refused', part_of: 'b1' },
    ],
  } as unknown as Manifest

  it('is offered where something refused still stands', () => {
    expect(waitsToGoHome(manifest).map((each) => each.batch.id)).toEqual(['b9'])
    const ask = (change: Partial<LabelAnswer>) => homeOf({ verdict: 'genuine', what: 'manifest', batch: null, manifest: null, ...change })
    expect(ask({ manifest })).toBe('m1')
    expect(ask({ batch: { state: 'refused', manifest: { id: 'm1' } } as LabelAnswer['batch'] })).toBe('m1')
    expect(ask({ batch: { state: 'returning', manifest: { id: 'm2' } } as LabelAnswer['batch'] })).toBeNull()
    expect(ask({})).toBeNull()
  })

  it('makes "returned" the big button where it comes home', () => {
    const acts = offeredActs([{ kind: 'picked_up', may: true, likely: true }, { kind: 'returned', may: true, likely: false }])
    expect(homewardFirst(acts, true).map((act) => act.kind)).toEqual(['returned', 'picked_up'])
    expect(homewardFirst(acts, false).map((act) => act.kind)).toEqual(['picked_up', 'returned'])
  })

  it('is driven by who has it unless somebody says otherwise', () => {
    const has = whoHasIt(manifest)
    expect(has).toEqual({ party: t, plate: '京A12345' })
    expect(homeLegs(has, t, '京a 12345')).toBeNull()
    expect(homeLegs(has, t, '京A777')).toEqual([{ enterprise: 'T', plate: '京A777' }])
    expect(homeLegs(has, { ...t, id: 'T2' }, '')).toEqual([{ enterprise: 'T2' }])
  })

  it('follows a refusal that stands, nothing else', () => {
    const fact = { kind: 'received', manifest: 'm1', details: { outcome: 'part' } } as unknown as Fact
    const receipt = { verdict: 'recorded' } as Receipt
    expect(refusedOn(fact, receipt)).toBe('m1')
    expect(refusedOn({ ...fact, details: { outcome: 'whole' } }, receipt)).toBeNull()
    expect(refusedOn(fact, { ...receipt, verdict: 'conflict' })).toBeNull()
  })

  it('stores between carriers are sent as stores', () => {
    expect(moreToSend([{ what: 'store', party: { ...t, id: 'S' } }, { what: 'carrier', party: t }, { what: 'store', party: null }])).toEqual([{ enterprise: 'S', what: 'store' }, { enterprise: 'T' }])
  })
})

describe('corrections in a history', () => {
  const p = { id: 'P', name_zh: '甲', name_en: 'P' }
  const d = { id: 'D', name_zh: '乙', name_en: 'D' }
  const awaits = [{ code: 'correction_awaits_consent', severity: 'note' as const, zh: '', en: '' }]
  const told = (index: number, kind: ActKind, change: Partial<HistoryFact> = {}): HistoryFact => ({
    id: `f${index}`, index, kind, verdict: 'recorded', observed_at: '2026-11-21T08:00:00Z', enterprise: p, grams: null, details: {}, moves: [], findings: [], ...change,
  })
  const base = [told(1, 'generated', { grams: 1_000 }), told(2, 'picked_up'), told(3, 'received', { grams: 900, enterprise: d })]

  it('only figures that were told can be corrected', () => {
    expect(historyOf(base).figures.map((each) => [each.fact.kind, each.grams])).toEqual([['received', 900], ['generated', 1_000]])
  })

  it('one that waits changes nothing; a yes that moves grams does; the next starts from there', () => {
    const asked = told(4, 'corrected', { enterprise: d, details: { corrects: 'f3', grams: 950 }, findings: awaits })
    expect(historyOf([...base, asked]).corrections.get('f4')).toMatchObject({ before: 900, after: 950, state: 'open' })
    const yes = told(5, 'consented', { details: { to: 'f4' }, moves: [{ account: 'stock', grams: 50 }] })
    const again = told(6, 'corrected', { enterprise: d, details: { corrects: 'f4', grams: 960 }, findings: awaits })
    const history = historyOf([...base, asked, yes, again])
    expect(history.corrections.get('f4')).toMatchObject({ state: 'agreed' })
    expect(history.corrections.get('f6')).toMatchObject({ root: 'f3', before: 950, after: 960, state: 'open' })
    expect(history.figures[0]?.grams).toBe(950)
  })

  it.each([
    ['declined', p, 'declined'],
    ['declined', d, 'withdrawn'],
    ['declined', null, 'lapsed'],
  ] as const)('%s by %o ends it as %s', (kind, enterprise, state) => {
    const asked = told(4, 'corrected', { enterprise: d, details: { corrects: 'f3', grams: 950 }, findings: awaits })
    expect(historyOf([...base, asked, told(5, kind, { enterprise, details: { to: 'f4' } })]).corrections.get('f4')?.state).toBe(state)
  })

  it('the proposal itself knows best, and what the park could not use stays without effect', () => {
    const asked = told(4, 'corrected', { details: { corrects: 'f1', grams: 990 }, findings: awaits })
    const agreed = { id: 'f4', state: 'agreed' } as Proposal
    expect(historyOf([...base, asked], [agreed]).corrections.get('f4')?.state).toBe('agreed')
    const lost = told(4, 'corrected', { details: { corrects: 'f2', grams: 1 }, findings: [{ code: 'correction_of_nothing', severity: 'watch', zh: '', en: '' }] })
    expect(historyOf([...base, lost]).corrections.get('f4')?.state).toBe('void')
  })

  it('is told as the server reads it', () => {
    expect(correctionDraft('b1', 'f3', 950, ' misread ')).toMatchObject({ kind: 'corrected', manifest: null, lines: [{ batch: 'b1' }], details: { corrects: 'f3', grams: 950, reason: 'misread' } })
  })
})

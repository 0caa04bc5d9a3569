import { expect, it } from 'vitest'
import { changeBody } from '../../src/desk/pages/changeWay'
import { inFamilies } from '../../src/desk/pages/manifestWay'
import { emptyLeg, legToSend, missingLegs } from '../../src/desk/pages/plan'
import { answerDraft, sayProposal } from '../../src/desk/proposals'
import { en } from '../../src/words/en'
import { desk } from '../../src/words/en.desk'
import { zh } from '../../src/words/zh'
import { desk as zhDesk } from '../../src/words/zh.desk'
import type { ManifestLine, Proposal } from '../../src/wire'

const T = { id: 'T', name_zh: '飞驰运输', name_en: 'T Ltd' }
const S = { id: 'S', name_zh: '中转仓', name_en: 'S Ltd' }
const D = { id: 'D', name_zh: '绿源', name_en: 'D Ltd' }
const proposal: Proposal = {
  id: 'f1', kind: 'correction', state: 'open', proposer: D, made_at: '2026-11-21T08:00:00Z', due_at: '2026-12-01T08:00:00Z', reason: 'misread',
  batch: null, manifest: null, corrects: { fact: 'f0', kind: 'received', grams: 900_000 }, grams: 950_000, change: null, answers: [], may: [],
}

it('a proposal says who wants what, and both figures', () => {
  expect(sayProposal({ w: en, d: desk, language: 'en' }, proposal)).toEqual({ title: 'D Ltd wants to correct “Receive”', before: '900 kg', after: '950 kg' })
  expect(sayProposal({ w: zh, d: zhDesk, language: 'zh' }, proposal).title).toBe('绿源 想更正“接收”')
})

it('another way is told leg by leg', () => {
  const change = { carriers: [{ party: S, plate: null, what: 'store' as const }, { party: T, plate: '京A1', what: 'carrier' as const }], receiver: D, treatment: null }
  const route: Proposal = { ...proposal, kind: 'route', corrects: null, grams: null, change, manifest: { id: 'm', number: '2026001' } }
  expect(sayProposal({ w: en, d: desk, language: 'en' }, route)).toEqual({
    title: 'D Ltd wants another way for manifest 2026001', before: null, after: 'kept by S Ltd → carried by T Ltd 京A1 → received by D Ltd',
  })
})

it('yes and no are facts of their own, and a no may say why', () => {
  expect(answerDraft('f1', 'consented')).toMatchObject({ kind: 'consented', lines: [], details: { to: 'f1' } })
  expect(answerDraft('f1', 'declined', ' no ').details).toEqual({ to: 'f1', reason: 'no' })
})

it('a change asks for what is wished, no more', () => {
  const wish = { what: new Set<'carriers' | 'receiver'>(['carriers']), legs: [{ ...emptyLeg('store'), carrier: S }, { ...emptyLeg(), carrier: T }], receiver: D, treatment: 'D10', reason: ' 故障 ' }
  expect(changeBody('x', wish)).toEqual({ id: 'x', reason: '故障', carriers: [{ enterprise: 'S', what: 'store' }, { enterprise: 'T' }] })
  expect(changeBody('x', { ...wish, what: new Set(['receiver']) })).toEqual({ id: 'x', reason: '故障', receiver: 'D', treatment: 'D10' })
})

it('a leg says whether it drives or keeps, and an empty one is missed', () => {
  expect(legToSend({ carrier: S, typed: null, what: 'store' })).toEqual({ enterprise: 'S', what: 'store' })
  expect(missingLegs([emptyLeg(), { carrier: T, typed: null }, emptyLeg('store')])).toEqual([0, 2])
})

it('a refused part stands below the line it came from', () => {
  const line = (id: string, part_of: string | null = null) => ({ batch: { id }, part_of }) as ManifestLine
  expect(inFamilies([line('c', 'a'), line('a'), line('b'), line('d', 'c')]).map((each) => each.batch.id)).toEqual(['a', 'c', 'd', 'b'])
  expect(inFamilies([line('x', 'elsewhere')]).map((each) => each.batch.id)).toEqual(['x'])
})

import { describe, expect, it } from 'vitest'
import { wayOf, fatesOf } from '../../src/desk/chain/follow'
import { courseOf } from '../../src/desk/chain/course'
import { momentsOf } from '../../src/desk/chain/moments'
import { sayFact } from '../../src/desk/facts'
import { agoIn, dayIn, lateHours, momentIn } from '../../src/desk/format'
import { nextRow } from '../../src/desk/keys'
import { boundsOf } from '../../src/desk/map/places'
import { missingGrams } from '../../src/desk/pages/account'
import { told } from '../../src/desk/pages/batchFacts'
import { daysLeft, lastDay, validity } from '../../src/desk/pages/permit'
import { emptyPlan, fieldAt, missingIn, refusalsAt, toSend } from '../../src/desk/pages/plan'
import { rank } from '../../src/desk/pages/rank'
import { shownNodes, type Alert, type BatchFact, type FindingRow, type Trace, type Waiting } from '../../src/desk/shapes'
import type { Batch } from '../../src/wire'
import { desk as en } from '../../src/words/en.desk'
import { desk as zh } from '../../src/words/zh.desk'
import { en as enWords } from '../../src/words/en'
import { cast, grouping, refusal, splitting } from './stories'

const speech = { w: enWords, d: en, language: 'en' as const }
const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, each) => all + each, 0)

describe('following a batch', () => {
  it('follows both parts of a split to their ends: all of its grams, and no others', () => {
    const trace = splitting()
    const course = courseOf(trace)
    const way = wayOf(course, trace.roots[0] ?? '')
    expect(sum(way.ends.values())).toBeCloseTo(10_000_000, 3)
    const rows = trace.attribution.filter((row) => row.origin === trace.roots[0])
    const fates = fatesOf(trace, trace.roots[0] ?? '')
    expect(sum(fates.map((fate) => fate.grams))).toBe(sum(rows.map((row) => row.grams)))
    expect(fates.map((fate) => fate.treatment)).toEqual(expect.arrayContaining(['R9', 'D10']))
  })

  it('carries of a combined batch only the share that is its own', () => {
    const trace = grouping()
    const way = wayOf(courseOf(trace), trace.roots[0] ?? '')
    const whole = shownNodes(trace).find((node) => node.grams_at_start === 100_000_000)
    const pieces = [...way.stays].filter(([id]) => id.startsWith(whole?.id ?? '-')).flatMap(([, grams]) => grams)
    for (const grams of pieces) expect(grams).toBeCloseTo(10_000_000, 3)
  })

  it('follows upwards to what it is made of', () => {
    const trace = grouping()
    const whole = shownNodes(trace).find((node) => node.grams_at_start === 100_000_000)?.id ?? ''
    const way = wayOf(courseOf(trace), whole)
    for (const root of trace.roots) expect(way.batches.has(root)).toBe(true)
    const large = shownNodes(trace).find((node) => node.grams_at_start === 90_000_000)
    const first = [...way.stays].find(([id]) => id.startsWith(large?.id ?? '-'))
    expect(first?.[1]).toEqual([90_000_000])
  })
})

describe('the order of time', () => {
  it('is never turned round by a clock that goes wrong: what a batch saw later comes later', () => {
    const trace = refusal()
    const [, pickup] = trace.facts
    if (pickup) pickup.observed_at = '2099-01-01T00:00:00Z'
    const kinds = momentsOf(trace).map((moment) => moment.fact.index)
    expect(kinds).toEqual([...kinds].sort((a, b) => (a ?? 0) - (b ?? 0)))
  })

  it('leaves out what moved nothing', () => {
    const trace = refusal()
    const [, pickup] = trace.facts
    const lost = { ...trace, facts: [...trace.facts, { ...(pickup ?? trace.facts[0]), id: 'lost', verdict: 'conflict' }] } as Trace
    expect(momentsOf(lost)).toHaveLength(trace.facts.length)
  })

  it('takes batches it does not show for outside, not for missing', () => {
    const trace = splitting()
    const origin = trace.roots[0] ?? ''
    const up = { ...trace, nodes: shownNodes(trace).filter((node) => node.id === origin || node.grams_at_start === 3_333_333) }
    const ends = courseOf(up).ends.map((end) => end.what)
    expect(ends).toContain('outside')
    expect(ends).not.toContain('difference')
  })
})

describe('words', () => {
  it('says a fact as who did what with how much', () => {
    const said = splitting().facts.map((fact) => sayFact(speech, fact))
    expect(said[0]).toBe('Hongda Plant 2 put 10 t on the books')
    expect(said[2]).toBe('Jiechi Haulage picked it up with 京A12345')
    expect(said[4]).toBe('Transfer Depot split it into 3333.333 kg, 6666.667 kg')
    expect(said.at(-1)).toBe('Lüyuan Treatment Centre treated 7666.667 kg: D10 Incineration')
  })

  it('says a receipt in part with both figures', () => {
    const receipt = refusal().facts.find((fact) => fact.details.outcome === 'part')
    expect(receipt && sayFact(speech, receipt)).toBe('Lüyuan Treatment Centre received 2400 kg and refused 7000 kg')
  })

  it('writes days and times for the reader, in a zone', () => {
    const instant = '2026-11-21T00:30:00Z'
    expect(dayIn('en', instant, 'Asia/Shanghai')).toBe('21 Nov 2026')
    expect(dayIn('zh', instant, 'Asia/Shanghai')).toBe('2026年11月21日')
    expect(momentIn('en', instant, 'Asia/Shanghai', Date.parse('2026-12-01'))).toBe('21 Nov, 08:30')
    expect(dayIn('en', null)).toBe('')
    expect(dayIn('en', 'nonsense')).toBe('')
  })

  it('says how long ago while that says more than a date', () => {
    const now = Date.parse('2026-11-21T12:00:00Z')
    expect(agoIn(en, 'en', '2026-11-21T11:59:00Z', now)).toBe('just now')
    expect(agoIn(zh, 'zh', '2026-11-21T09:00:00Z', now)).toBe('3 小时前')
    expect(agoIn(en, 'en', '2026-11-20T11:00:00Z', now)).toBe('yesterday')
    expect(agoIn(en, 'en', '2026-10-02T11:00:00Z', now)).toContain('Oct 2026')
    expect(lateHours('2026-11-21T08:00:00Z', '2026-11-21T08:59:00Z')).toBeNull()
    expect(lateHours('2026-11-21T08:00:00Z', '2026-11-21T18:30:00Z')).toBe(10)
  })
})

it('ranks what needs somebody: the grave first, then alerts, then the old', () => {
  const alert = (id: number, severity: Alert['severity'], raised_at: string) => ({ id, severity, raised_at }) as Alert
  const finding = (id: number, severity: Alert['severity'], observed_at: string) => ({ id, severity, observed_at }) as FindingRow
  const waiting = [{ id: 'w', came_at: '2026-11-01T00:00:00Z' }] as Waiting[]
  const needs = rank(
    [alert(1, 'watch', '2026-11-02T00:00:00Z'), alert(2, 'stop', '2026-11-20T00:00:00Z')],
    [finding(3, 'stop', '2026-11-01T00:00:00Z'), finding(4, 'watch', '2026-11-05T00:00:00Z'), finding(5, 'watch', '2026-11-03T00:00:00Z')],
    waiting,
  )
  const ids = needs.map((need) => (need.what === 'alert' ? need.alert.id : need.what === 'finding' ? need.finding.id : need.waiting.id))
  expect(ids).toEqual([2, 3, 1, 5, 4, 'w'])
})

describe('the plan of a manifest', () => {
  const batch = { id: 'b1' } as Batch
  const { jiechi, luyuan } = cast()
  const plan = { ...emptyPlan('m'), batches: [batch, { ...batch, id: 'b2' }], legs: [{ carrier: jiechi, typed: null }], receiver: luyuan, treatment: 'D10', plate: '京 a12345' }

  it('says what is missing, field by field', () => {
    expect([...missingIn(emptyPlan('m')).keys()]).toEqual(['batches', 'carrier:0', 'receiver', 'treatment'])
    expect(missingIn(plan).size).toBe(0)
    const typed = { ...plan, legs: [{ carrier: null, typed: { name: ' ', permit: '' } }] }
    expect([...missingIn(typed).keys()]).toEqual(['carrier:0'])
  })

  it('is sent as the server reads it', () => {
    expect(toSend(plan)).toEqual({
      id: 'm', batches: [{ batch: 'b1' }, { batch: 'b2' }], carriers: [{ enterprise: jiechi.id }], receiver: luyuan.id, treatment: 'D10', plate: '京A12345',
    })
    const typed = { ...plan, plate: ' ', legs: [{ carrier: null, typed: { name: ' 远方运输 ', permit: 'X1 ' } }] }
    expect(toSend(typed).carriers).toEqual([{ name: '远方运输', permit_number: 'X1' }])
    expect(toSend(typed)).not.toHaveProperty('plate')
    const filed = { ...plan, driver: ' 王师傅 ', driverPhone: '139', filing: '冀环备 1', filingUntil: '2026-12-31' }
    expect(toSend(filed)).toMatchObject({ filing_number: '冀环备 1', filing_valid_to: '2026-12-31', carriers: [{ driver: '王师傅', driver_phone: '139' }] })
    expect(toSend({ ...plan, legs: [...plan.legs, ...plan.legs], driver: 'x' }).carriers[1]).not.toHaveProperty('driver')
  })

  it('puts each refusal at the field its pointer leads to', () => {
    expect(fieldAt('/batches/1/grams', plan)).toBe('batch:1')
    expect(fieldAt('/batches/9', plan)).toBe('batches')
    expect(fieldAt('/carriers/0/enterprise', plan)).toBe('carrier:0')
    expect(fieldAt('/receiver', plan)).toBe('receiver')
    expect(fieldAt('/carriers/0/plate', plan)).toBe('plate')
    expect(fieldAt('/carriers/0/driver_phone', plan)).toBe('driverPhone')
    expect(fieldAt('/carriers/1/plate', { ...plan, legs: [...plan.legs, ...plan.legs] })).toBe('carrier:1')
    expect(fieldAt('/filing_number', plan)).toBe('filing')
    expect(fieldAt('/filing_valid_to', plan)).toBe('filingUntil')
    expect(fieldAt('/remark', plan)).toBe('form')
    expect(fieldAt(undefined, plan)).toBe('form')
    const parts = refusalsAt({ status: 409, code: 'x', errors: [{ code: 'a', pointer: '/treatment', zh: '一', en: 'one' }, { code: 'b', pointer: '/treatment', zh: '二', en: 'two' }] }, plan)
    expect(parts.get('treatment')?.map((part) => part.en)).toEqual(['one', 'two'])
    expect(refusalsAt({ status: 409, code: 'x', detail: 'No.' }, plan).get('form')?.[0]?.en).toBe('No.')
  })
})

it('knows what a batch weighed from what its facts moved', () => {
  const fact = (index: number, kind: string, grams: number, details = {}) =>
    ({ id: String(index), index, kind, verdict: 'recorded', details, findings: [], moves: [{ account: 'source', grams: -1 }, { account: 'stock', grams }] }) as unknown as BatchFact
  const lines = told([fact(3, 'treated', -1_500_000), fact(2, 'weighed', -600_000), fact(1, 'generated', 10_000_000)], 'b').map((each) => each.lines[0])
  expect(lines).toEqual([
    { batch: 'b', grams: 1_500_000, direction: 'in' },
    { batch: 'b', grams: 9_400_000, direction: 'in' },
    { batch: 'b', grams: 10_000_000, direction: 'out' },
  ])
})

it('counts what an account lacks', () => {
  for (const story of [grouping(), splitting(), refusal()]) expect(missingGrams(story.balance)).toBe(0)
})

it('holds a permit valid through its last day', () => {
  const permit = { valid_from: '2026-01-01', valid_to: '2026-12-31' }
  expect(validity(permit, Date.parse('2026-06-01'))).toBe('in_force')
  expect(validity(permit, Date.parse('2026-12-20'))).toBe('ends_soon')
  expect(validity(permit, Date.parse('2026-12-31T12:00:00Z'))).toBe('ends_soon')
  expect(validity(permit, Date.parse('2027-01-01'))).toBe('ended')
  expect(validity(permit, Date.parse('2025-12-31'))).toBe('not_yet')
  expect([lastDay(permit), daysLeft(permit, Date.parse('2026-12-31T12:00:00Z')), daysLeft(permit, Date.parse('2027-01-02'))]).toEqual(['2026-12-31', 1, 0])
})

it('shows a permit nobody confirmed, and one that was ended before its time', () => {
  const permit = { valid_from: '2026-01-01', valid_to: '2026-12-31', confirmed: true, ended_on: '2026-07-01' }
  expect(validity({ ...permit, ended_on: null, confirmed: false }, Date.parse('2026-06-01'))).toBe('not_confirmed')
  expect(validity(permit, Date.parse('2026-06-30'))).toBe('ends_soon')
  expect(validity(permit, Date.parse('2026-07-01'))).toBe('ended')
  expect(lastDay(permit)).toBe('2026-06-30')
})

it('walks rows without falling off either end', () => {
  expect([nextRow(3, -1, 1), nextRow(3, -1, -1), nextRow(3, 0, -1), nextRow(3, 2, 1), nextRow(3, 1, 1), nextRow(0, -1, 1)]).toEqual([0, 0, 0, 2, 2, -1])
})

it('frames a map around what is on it', () => {
  const spot = (longitude: number, latitude: number) => ({ id: '', longitude, latitude, kind: 'site' as const, name: '', says: [], href: null })
  expect(boundsOf({ boundary: null, spots: [], ways: [] })).toBeNull()
  expect(boundsOf({ boundary: null, spots: [spot(116.5, 39.8), spot(116.6, 39.7)], ways: [] })).toEqual([[116.5, 39.7], [116.6, 39.8]])
})

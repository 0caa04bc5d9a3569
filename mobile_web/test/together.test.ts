import { describe, expect, it } from 'vitest'
import { emptyForm } from '../src/act/form'
import { becameOf, sumsOf } from '../src/act/sums'
import { asOne, byTheBooks, commonActs, draftsFor, perFact } from '../src/act/together'
import type { OfferedAct, Subject } from '../src/what/subject'
import type { ActKind, Receipt } from '../src/wire'

const act = (kind: ActKind, change: Partial<OfferedAct> = {}): OfferedAct => ({ kind, may: true, likely: false, outcomes: [], why: null, here: true, ...change })

function drum(n: number, manifest: string | null = 'm1', acts: OfferedAct[] = [act('picked_up', { likely: true }), act('weighed')]): Subject {
  return {
    what: 'batch', manifest, holder: 'P', legs: [], treatment: 'D10', plate: '京A12345', acts,
    lines: [{ batch: `b${n}`, code: `CODE-${n}`, name: 'Oily rags', grams: 1_000 * n, measured: true, prev: `f${n}`, state: 'reserved', loaded: null }],
  }
}

const fifty = (manifest: string | null = 'm1') => Array.from({ length: 50 }, (_, at) => drum(at + 1, manifest))

describe('one act for many', () => {
  it('offers what is open to every one of them, and nothing that one of them bars', () => {
    expect(commonActs(fifty()).map((each) => each.kind)).toEqual(['picked_up', 'weighed'])
    const barred = drum(51, 'm1', [act('picked_up', { may: false }), act('weighed', { why: { code: 'x', zh: '', en: '' } })])
    expect(commonActs([...fifty(), barred])).toMatchObject([{ kind: 'weighed', why: { code: 'x' } }])
    expect(commonActs([drum(1, null, [act('manifest_issued')])])).toEqual([])
    expect(commonActs([])).toEqual([])
  })

  it('tells fifty drums of one manifest in one record, with what this phone last saw of each', () => {
    const all = fifty()
    const drafts = draftsFor('picked_up', { ...emptyForm('picked_up', asOne(all)), plate: '京b 1', note: 'ramp' }, perFact('picked_up', all))
    expect(drafts).toHaveLength(1)
    expect(drafts[0]?.draft).toMatchObject({ manifest: 'm1', details: { plate: '京B1' }, private: { note: 'ramp' } })
    expect(drafts[0]?.draft.lines).toHaveLength(50)
    expect(drafts[0]?.draft.lines[49]).toEqual({ batch: 'b50', prev: 'f50' })
  })

  it('tells each manifest by itself, and where it is no act on a manifest each batch', () => {
    const mixed = [drum(1), drum(2, 'm2'), drum(3)]
    const told = (kind: ActKind) => perFact(kind, mixed).map((group) => [group.manifest, group.lines.map((line) => line.batch)])
    expect(told('picked_up')).toEqual([['m1', ['b1', 'b3']], ['m2', ['b2']]])
    expect(told('stored').map(([, batches]) => batches)).toEqual([['b1'], ['b2'], ['b3']])
    expect(told('treated')).toEqual([[null, ['b1', 'b2', 'b3']]])
  })

  it('has a batch once that was scanned by its own label and by that of its manifest', () => {
    const paper: Subject = { ...drum(1), what: 'manifest', lines: [...drum(1).lines, ...drum(2).lines] }
    expect(asOne([drum(1), paper]).lines.map((line) => line.batch)).toEqual(['b1', 'b2'])
    expect(perFact('picked_up', [drum(1), paper])[0]?.lines.map((line) => line.batch)).toEqual(['b1', 'b2'])
    expect(perFact('weighed', [drum(1), paper])).toHaveLength(2)
  })

  it('takes the whole load in by the books, but for the line that was changed', () => {
    const two = [drum(1), drum(2)]
    const merged = asOne(two)
    const form = byTheBooks('received', emptyForm('received', merged), merged)
    const changed = { ...form, amounts: { ...form.amounts, b2: { text: '1.5', unit: 'kg' as const, measured: true } } }
    expect(draftsFor('received', changed, perFact('received', two))[0]?.draft.lines).toEqual([
      { batch: 'b1', grams: 1_000, measured: true, prev: 'f1' },
      { batch: 'b2', grams: 1_500, measured: true, prev: 'f2' },
    ])
    // Nobody weighs by the books.
    expect(byTheBooks('weighed', emptyForm('weighed', merged), merged).amounts['b1']?.text).toBe('')
  })

  it('receives whole the manifest of which nothing is refused', () => {
    const two = [drum(1), drum(2, 'm2')]
    const merged = asOne(two)
    const form = { ...byTheBooks('received', emptyForm('received', merged), merged), outcome: 'part' as const, cause: 'not_conform' as const }
    const refused = { ...form, refused: { ...form.refused, b2: { text: '0.5', unit: 'kg' as const, measured: true } } }
    const details = draftsFor('received', refused, perFact('received', two)).map(({ draft }) => draft.details)
    expect(details[0]).toEqual({ outcome: 'whole' })
    expect(details[1]).toMatchObject({ outcome: 'part', refused: [{ batch: 'b2', refused_grams: 500 }] })
  })

  it('leaves out the manifest of which nothing stayed behind', () => {
    const two = [drum(1), drum(2, 'm2')]
    const form = { ...emptyForm('not_collected', asOne(two)), left: ['b2'], reason: 'closed' }
    expect(draftsFor('not_collected', form, perFact('not_collected', two)).map(({ draft }) => draft.manifest)).toEqual(['m2'])
  })
})

describe('what became of them', () => {
  const receipt = (verdict: Receipt['verdict'], severity?: 'note' | 'watch'): Receipt => ({
    id: 'x', verdict, findings: severity ? [{ code: 'c', severity, zh: '', en: '' }] : [],
  })
  it('is counted by what somebody has to look at', () => {
    expect(becameOf(receipt('recorded', 'note'))).toBe('recorded')
    const sums = sumsOf([null, receipt('recorded'), receipt('already_recorded'), receipt('recorded', 'watch'), receipt('conflict')])
    expect(sums).toMatchObject({ saved: 1, recorded: 2, odd: 1, conflict: 1, turned_away: 0 })
  })
})

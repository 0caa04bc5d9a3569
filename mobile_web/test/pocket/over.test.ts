import { describe, expect, it } from 'vitest'
import { nextActs } from '../../src/pocket/next'
import { layOver, stoodOf, type World } from '../../src/pocket/over'
import { unfold } from '../../src/pocket/unfold'
import type { PackBatch, Party } from '../../src/wire'
import { D, DRUM, P, packFor, T, T2, told } from './books'

function world(change: Partial<PackBatch> = {}): World {
  const known = unfold(packFor('zhao', 'T', { batches: [{ ...DRUM, ...change }] }))
  return { batches: new Map(known.batches), manifests: new Map(known.manifests) }
}

const likely = (over: World, who: Party) => {
  const drum = over.batches.get('drum')
  return drum && nextActs(who.id, [stoodOf(drum, over.manifests)]).find((act) => act.likely)?.kind
}

describe('own records laid over what is known', () => {
  it('a drum picked up is on the truck, and the next record follows that one', () => {
    const over = layOver(world(), [told('mine', 'picked_up', { details: { plate: '京A12345' } })], T)
    const drum = over.batches.get('drum')
    expect(drum).toMatchObject({ state: 'in_transit', holder: T, last_fact: 'mine', place: null })
    expect(over.manifests.get('m')).toMatchObject({ state: 'under_way', carriers: [{ plate: '京A12345' }], lines: [{ loaded_grams: 200_000 }] })
    expect(over.unsent.get('drum')?.map((fact) => fact.id)).toEqual(['mine'])
    expect(over.overtaken).toEqual([])
    expect([likely(world(), T), likely(over, T)]).toEqual(['picked_up', 'arrived'])
  })

  it('a chain of them: picked up, arrived, by a colleague too', () => {
    const chain = [told('a', 'picked_up'), told('b', 'arrived', { lines: [{ batch: 'drum', prev: 'a' }] })]
    const over = layOver(world(), chain, T)
    expect(over.batches.get('drum')).toMatchObject({ state: 'arrived', last_fact: 'b' })
    expect(over.overtaken).toEqual([])
  })

  it('received in part weighs what was accepted; refused stays with the carrier; treated to the last gram ends', () => {
    const gate = { state: 'arrived' as const, holder: 2 }
    const part = layOver(world(gate), [told('r', 'received', { lines: [{ batch: 'drum', grams: 150_000, measured: true }], details: { outcome: 'part' } })], D)
    expect(part.batches.get('drum')).toMatchObject({ state: 'received', grams: 150_000, holder: D })
    const refused = layOver(world(gate), [told('r', 'received', { details: { outcome: 'refused' } })], D)
    expect(refused.batches.get('drum')).toMatchObject({ state: 'refused', holder: T })
    const some = layOver(world({ state: 'received', holder: 4 }), [told('t', 'treated', { lines: [{ batch: 'drum', grams: 50_000 }] })], D)
    expect(some.batches.get('drum')).toMatchObject({ state: 'received', grams: 150_000 })
    const all = layOver(world({ state: 'received', holder: 4 }), [told('t', 'treated')], D)
    expect(all.batches.get('drum')).toMatchObject({ state: 'treated', grams: 0 })
  })

  it('not collected is free again at its generator', () => {
    const over = layOver(world(), [told('n', 'not_collected')], P)
    expect(over.batches.get('drum')).toMatchObject({ state: 'on_site', manifest: null })
  })

  it('what the park has already is not counted twice', () => {
    const over = layOver(world({ state: 'in_transit', holder: 2, last_fact: 'mine' }), [told('mine', 'picked_up')], T)
    expect(over.unsent.get('drum')).toBeUndefined()
    expect(over.overtaken).toEqual([])
  })

  it('somebody was faster: the drum is as the park has it, and who has it is said', () => {
    const over = layOver(world({ state: 'in_transit', holder: 3, last_fact: 'theirs' }), [told('mine', 'picked_up')], T)
    expect(over.batches.get('drum')).toMatchObject({ state: 'in_transit', holder: T2, last_fact: 'theirs' })
    expect(over.overtaken).toMatchObject([{ batch: 'drum', state: 'in_transit', holder: T2, fact: { id: 'mine' } }])
  })

  it('a stranger’s record moves nothing', () => {
    expect(layOver(world(), [told('x', 'received')], T2).batches.get('drum')).toMatchObject({ state: 'reserved', holder: P })
  })
})

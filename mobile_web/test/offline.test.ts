import { describe, expect, test } from 'vitest'
import { pathOf } from '../src/make/dots'
import { openBlocks, type HeldBlock } from '../src/make/held'
import type { OnHand } from '../src/make/onHand'
import { blockFor, issuedDraft } from '../src/make/shipOffline'

const number = (text: string) => ({ number: text, human_code: '', label_text: '', side: 1, dots: '1' })
const block = (change: Partial<HeldBlock> = {}): HeldBlock => ({
  id: 'b1', hazardous: false, until: '2026-12-01T00:00:00Z', treatment: 'D10', carriers: [], receivers: [], classes: [],
  numbers: [number('N-1'), number('N-2')], ...change,
})
const drum = (hazardous: boolean): OnHand => ({ id: 'd', code: null, name: '', grams: 5000, measured: true, hazardous })
const NOW = Date.parse('2026-11-22T00:00:00Z')

describe('numbers on this phone', () => {
  test('a number that was used is offered no more, and an empty block is gone', () => {
    const [left] = openBlocks([block()], new Set(['N-1']), NOW)
    expect(left?.numbers.map((each) => each.number)).toEqual(['N-2'])
    expect(openBlocks([block()], new Set(['N-1', 'N-2']), NOW)).toEqual([])
  })

  test('a block whose day has passed is offered no more', () => {
    expect(openBlocks([block({ until: '2026-11-21T23:59:59Z' })], new Set(), NOW)).toEqual([])
  })

  test('hazardous and general waste take numbers of their own, and never go together', () => {
    const both = [block(), block({ id: 'h', hazardous: true })]
    expect(blockFor(both, [drum(true)])).toMatchObject({ id: 'h' })
    expect(blockFor(both, [drum(false)])).toMatchObject({ id: 'b1' })
    expect(blockFor(both, [drum(false), drum(true)])).toBe('mixed')
    expect(blockFor([block()], [drum(true)])).toBeNull()
  })

  test('what is sent is an ordinary fact with the number in its details', () => {
    const draft = issuedDraft('m', block(), 'N-1', { batches: [drum(false)], carrier: 't', receiver: 'd', plate: '京a 123', note: '' })
    expect(draft).toMatchObject({
      kind: 'manifest_issued', manifest: 'm', lines: [{ batch: 'd', grams: 5000, measured: true }],
      details: { number: 'N-1', carriers: [{ enterprise: 't', plate: '京A123' }], receiver: 'd', treatment: 'D10' },
    })
  })

  test('a photo of the loaded truck goes with it, and the note stays out of the log', () => {
    const photo = { sha256: 'a'.repeat(64), bytes: 5, media: 'image/jpeg', what: 'photo' as const }
    const draft = issuedDraft('m', block(), 'N-1', { batches: [drum(false)], carrier: 't', receiver: 'd', plate: '', note: '后门装车' }, [photo])
    expect(draft.evidence).toEqual([photo])
    expect(draft.private).toEqual({ note: '后门装车' })
    expect(draft.details).not.toHaveProperty('note')
  })
})

test('a code is drawn run by run', () => {
  expect(pathOf(3, '110' + '000' + '101')).toBe('M0 0h2v1h-2zM0 2h1v1h-1zM2 2h1v1h-1z')
})

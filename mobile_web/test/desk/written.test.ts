import { describe, expect, it } from 'vitest'
import { emptyRow, emptySheet, gramsOf, missingIn, toSend, type Sheet } from '../../src/desk/pages/writtenForm'
import type { Party, WasteClass } from '../../src/wire'

const wasteClass = { scheme: 'CN-SW', edition: '2024', code: '900-099-S07' } as WasteClass
const party = (id: string) => ({ id }) as Party

function filled(): Sheet {
  return {
    ...emptySheet('m', 'b1'),
    number: ' E-BDA-000001-N ', writtenAt: '2026-11-20T08:30', generatorName: '王芳', receivedAt: '2026-11-20T11:00',
    rows: [{ ...emptyRow('b1'), wasteClass, planned: '1000', accepted: '998.5' }, { ...emptyRow('b2'), code: 'K7QF-2M9X-RT-C' }],
    legs: [{ carrier: party('t'), plate: '京A12345', at: '2026-11-20T09:00', name: '' }],
    receiver: party('d'), treatment: 'D10',
  }
}

describe('an emergency sheet as it is typed', () => {
  it('reads kilograms, and tells an empty box from one nobody can read', () => {
    expect(gramsOf('998.5')).toBe(998_500)
    expect(gramsOf(' ')).toBeNull()
    expect(gramsOf('0')).toBe(0)
    expect(gramsOf('viel')).toBeUndefined()
  })

  it('says everything that is missing', () => {
    expect(missingIn(emptySheet('m', 'b'))).toEqual(['number', 'writtenAt', 'row', 'grams', 'carrier', 'receiver', 'treatment'])
    expect(missingIn(filled())).toEqual([])
    const refused = filled()
    refused.rows[1] = { ...emptyRow('b2'), code: 'K7QF-2M9X-RT-C', refused: '5' }
    expect(missingIn(refused)).toEqual(['cause'])
  })

  it('sends new batches with their class and known ones by their id', () => {
    const sent = toSend(filled(), new Map([['K7QF-2M9X-RT-C', 'known']]))
    expect(sent.sheet).toBe('E-BDA-000001-N')
    expect(sent.batches.map((row) => [row.batch, row.class?.code ?? null, row.grams, row.accepted_grams])).toEqual([
      ['b1', '900-099-S07', 1_000_000, 998_500],
      ['known', null, null, null],
    ])
    expect(sent.signed).toEqual([{ side: 'generator', name: '王芳', leg: 1 }])
    expect(sent.carriers[0]?.took_over_at).toBe(new Date('2026-11-20T09:00').toISOString())
  })
})

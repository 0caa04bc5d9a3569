import { describe, expect, it } from 'vitest'
import type { Label } from '../src/scan/code'
import { areaOf, lookAt, moved, onScreen, pauseAfter, SECOND_TRIES, type Found } from '../src/scan/frames'
import type { Judged, LocalVerdict } from '../src/scan/judge'
import { decide, distinct, things } from '../src/scan/several'

function label(id: string): Label {
  return {
    park: 1, keyId: 1, labelId: id, day: '2026-11-21', what: 'batch', wasteClass: 314, generator: 27, grams: 182_000,
    measured: true, hazardous: true,
  }
}

function judged(verdict: LocalVerdict, id = 'a', payload = `P${id}`): Judged {
  return verdict === 'foreign'
    ? { verdict, payload: null, label: null, host: id }
    : { verdict, payload, label: label(id), host: null }
}

const at = (text: string): Found => ({ text, corners: null })

describe('the codes of one frame', () => {
  it('are one where the label prints its code twice', () => {
    expect(distinct([at('X'), at('X')])).toHaveLength(1)
    expect(decide([judged('genuine'), judged('genuine')])).toEqual({ go: 'Pa' })
  })

  it('are one where the same label is spelt in two ways', () => {
    expect(decide([judged('genuine', 'a', 'P1'), judged('genuine', 'a', 'P2')])).toEqual({ go: 'P1' })
  })

  it('are for the person to pick from where the labels differ', () => {
    const next = decide([judged('genuine', 'a'), judged('genuine', 'b')])
    expect(next !== null && 'pick' in next && next.pick.map((each) => each.payload)).toEqual(['Pa', 'Pb'])
  })

  it('never let a forged copy pass for the genuine one beside it', () => {
    const found = things([judged('forged', 'a', 'FALSE'), judged('genuine', 'a', 'TRUE')])
    expect(found.map((each) => each.verdict)).toEqual(['genuine', 'forged'])
  })

  it('stop at a foreign one, and at nothing where there is none', () => {
    expect(decide([judged('foreign', 'pay.example')])).toMatchObject({ stop: { host: 'pay.example' } })
    expect(decide([])).toBeNull()
  })
})

describe('where and how the reader looks', () => {
  it('first where the person points, then everywhere, and hard every third time, each second try in turn', () => {
    expect(lookAt(0)).toEqual({ area: 'finder', way: 'plain' })
    expect(lookAt(1)).toEqual({ area: 'whole', way: 'plain' })
    const ways = Array.from({ length: SECOND_TRIES.length }, (_, round) => lookAt(round * 3 + 2).way)
    expect(new Set(ways)).toEqual(new Set(SECOND_TRIES))
  })

  it('leaves half of the phone to the page, and half a second at most passes', () => {
    expect(pauseAfter(5)).toBe(50)
    expect(pauseAfter(230)).toBe(230)
    expect(pauseAfter(9_000)).toBe(500)
  })

  it('puts corners back into the frame, and onto a screen that shows the middle of it', () => {
    const area = areaOf({ area: 'finder', way: 'plain' }, 1280, 720)
    expect(area).toEqual({ left: 352, top: 72, width: 576, height: 576 })
    const corner = { x: 20, y: 20 }
    expect(moved({ text: 'X', corners: [corner, corner, corner, corner] }, area, 2).corners?.[0]).toEqual({ x: 362, y: 82 })
    expect(onScreen({ x: 640, y: 360 }, { width: 1280, height: 720 }, { width: 390, height: 780 })).toEqual({ x: 195, y: 390 })
  })
})

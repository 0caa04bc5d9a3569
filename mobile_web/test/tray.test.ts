import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readCode, type Label } from '../src/scan/code'
import type { Judged } from '../src/scan/judge'
import { oneManifest } from '../src/scan/together'
import { createSight, EMPTY, GONE_AFTER_MS, put, TRAY_MAX, without } from '../src/scan/tray'
import type { LabelAnswer } from '../src/wire'
import { vectors } from './vectors'

const set = vectors('label') as { hosts: string[]; cases: { text: string; fields?: object }[] }

function genuine(place: number): Judged {
  const text = set.cases.filter((each) => each.fields !== undefined)[place]?.text ?? ''
  const read = readCode(text, set.hosts)
  if (!('scanned' in read)) throw new Error(read.problem)
  return { verdict: 'genuine', payload: read.scanned.payload, label: read.scanned.claims, host: null }
}

const FORGED: Judged = { ...genuine(0), verdict: 'forged' }

describe('the list of many scans', () => {
  it('grows by each good label, with its code for people', () => {
    const first = put(EMPTY, genuine(0))
    expect(first.heard).toBe('added')
    expect(first.tray.rows[0]?.code).toBe('8ZNA-169C-PS-P')
    expect(put(first.tray, genuine(1)).tray.rows).toHaveLength(2)
  })

  it('answers a label it has in another way, and does not double it', () => {
    const once = put(EMPTY, genuine(0)).tray
    const twice = put(once, genuine(0))
    expect(twice.heard).toBe('again')
    expect(twice.tray.rows).toHaveLength(1)
  })

  it('keeps what was turned away in sight until the next good one, and never adds it', () => {
    const bad = put(EMPTY, FORGED)
    expect(bad).toMatchObject({ heard: 'bad', tray: { rows: [], bad: { verdict: 'forged' } } })
    expect(put(bad.tray, genuine(0)).tray.bad).toBeNull()
  })

  it('takes the last one back, and says when it is full', () => {
    const one = put(EMPTY, genuine(0)).tray
    expect(without(one, one.rows[0]?.label.labelId ?? '').rows).toEqual([])
    const { label, ...rest } = genuine(0)
    if (label === null) throw new Error('a genuine label says something')
    const labelled: Label = label
    let many = EMPTY
    for (let at = 0; at < TRAY_MAX; at++) many = put(many, { ...rest, label: { ...labelled, labelId: at.toString(16).padStart(32, '0') } }).tray
    expect(many.rows).toHaveLength(50)
    expect(put(many, genuine(1))).toMatchObject({ heard: 'full', tray: { rows: { length: 50 } } })
  })

  it('hears a label that stands still once, and again when it was out of sight', () => {
    const fresh = createSight()
    expect([0, 200, 400].map((now) => fresh('X', now))).toEqual([true, false, false])
    expect(fresh('X', 400 + GONE_AFTER_MS)).toBe(false)
    expect(fresh('X', 400 + 2 * GONE_AFTER_MS + 1)).toBe(true)
  })
})

describe('the list on the phone', () => {
  const kept = new Map<string, string>()
  beforeEach(() => {
    kept.clear()
    vi.resetModules()
    vi.stubGlobal('location', { host: 'localhost', origin: 'http://localhost' })
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    })
  })
  afterEach(() => vi.unstubAllGlobals())

  it('outlives the tab, is judged again, and is not that of the next person', async () => {
    const before = await import('../src/scan/tray')
    await before.openTray('wang')
    expect(before.scanned(genuine(0))).toBe('added')
    vi.resetModules()
    const after = await import('../src/scan/tray')
    await after.openTray('wang')
    // Without the park's keys the label can only be called unchecked: what was kept is not believed.
    expect(after.tray.get().rows.map((row) => [row.code, row.verdict])).toEqual([['8ZNA-169C-PS-P', 'unsure']])
    await after.openTray('li')
    expect(after.handedOver()).toEqual({ codes: [] })
  })

  it('is empty where what was kept cannot be read', async () => {
    kept.set('tray.wang', '["half a pay')
    const { openTray, tray } = await import('../src/scan/tray')
    await openTray('wang')
    expect(tray.get().rows).toEqual([])
  })
})

describe('one act for all of them', () => {
  const on = (id: string | null) =>
    ({ batch: { manifest: id === null ? null : { id, number: 'N', state: 'issued' } } }) as unknown as LabelAnswer

  it('is offered where one manifest carries them all', () => {
    expect(oneManifest(['a', 'b'], new Map([['a', on('m')], ['b', on('m')]]))).toEqual({ asked: true, manifest: 'm' })
  })

  it.each([
    ['two manifests', new Map([['a', on('m')], ['b', on('n')]])],
    ['one on none', new Map([['a', on('m')], ['b', on(null)]])],
    ['one nobody knows', new Map<string, LabelAnswer | null>([['a', on('m')], ['b', null]])],
  ])('is not offered for %s', (_, known) => {
    expect(oneManifest(['a', 'b'], known)).toEqual({ asked: true, manifest: null })
  })

  it('waits until the park has said of all', () => {
    expect(oneManifest(['a', 'b'], new Map([['a', on('m')]]))).toEqual({ asked: false, manifest: null })
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { KeyRing } from '../src/wire'
import { vectors } from './vectors'

const set = vectors('label') as {
  hosts: string[]
  keys: { park: number; key_id: number; public_hex: string }[]
  cases: { name: string; text: string; problem?: string }[]
}
const genuine = set.cases[0]?.text ?? ''
const forged = set.cases.find((each) => each.problem === 'label_forged')?.text ?? ''

function ring(change: Partial<KeyRing['keys'][number]> = {}): KeyRing {
  const keys = set.keys.map(({ park, key_id, public_hex }) => ({
    park,
    key_id,
    algorithm: 1,
    public_key: Buffer.from(public_hex, 'hex').toString('base64'),
    retired_at: null,
    ...change,
  }))
  return { hosts: set.hosts, keys }
}

let asked: number
async function judgeWith(answers: (KeyRing | null)[], text: string) {
  vi.stubGlobal('fetch', () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]
    if (answer == null) return Promise.reject(new TypeError('no network'))
    return Promise.resolve(new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } }))
  })
  const { judgeText } = await import('../src/scan/judge')
  return judgeText(text)
}

beforeEach(() => {
  asked = 0
  vi.resetModules()
  vi.stubGlobal('location', { host: 'localhost', origin: 'http://localhost' })
})

afterEach(() => vi.unstubAllGlobals())

describe('what the phone says of a code', () => {
  it('genuine, with the payload to go on with', async () => {
    expect(await judgeWith([ring()], genuine)).toMatchObject({ verdict: 'genuine', payload: genuine.split('/M/')[1] })
  })

  it('forged, when the signature does not hold', async () => {
    expect((await judgeWith([ring()], forged)).verdict).toBe('forged')
  })

  it('retired, when the key is no longer in use', async () => {
    expect((await judgeWith([ring({ retired_at: '2026-01-01T00:00:00Z' })], genuine)).verdict).toBe('retired')
  })

  it('unknown key only after asking for newer keys', async () => {
    expect((await judgeWith([{ hosts: set.hosts, keys: [] }], genuine)).verdict).toBe('unknownKey')
    expect(asked).toBe(2)
  })

  it('genuine by a key the park has only just begun to use', async () => {
    expect((await judgeWith([{ hosts: set.hosts, keys: [] }, ring()], genuine)).verdict).toBe('genuine')
  })

  it('names the host of a foreign code and opens nothing', async () => {
    expect(await judgeWith([ring()], 'https://pay.example.com/M/ABC')).toMatchObject({ verdict: 'foreign', host: 'pay.example.com' })
    expect(await judgeWith([ring()], 'javascript:alert(1)')).toMatchObject({ verdict: 'foreign', host: null })
  })

  it('says that it could not check when there is no key and no network', async () => {
    const own = genuine.replace(/HTTPS:\/\/[^/]+/, 'HTTPS://LOCALHOST')
    expect((await judgeWith([null], own)).verdict).toBe('unsure')
  })
})

import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canonical, ownDevice, registration, signFact } from '../src/people/device'
import { fromBase64Url } from '../src/sign/seal'
import { closePeople, dropPerson, everybody, personOnPhone, readDevice, writeDevice, writePerson, type OnPhone, type OwnDevice } from '../src/people/store'
import { faultOf, held, ITERATIONS, unlock, waitOf, wrap } from '../src/people/vault'
import type { Session } from '../src/wire'
import { vectors } from './vectors'

const MINUTE = 60_000
const PIN = '402917'
const WRONG = '402918'
const session = { person: { id: 'li', name: 'Li' }, csrf: '', device: 'phone' } as unknown as Session
const token = 'wmp_secret'

let device: OwnDevice
let now = 1_000_000_000_000

async function lend(id = 'li'): Promise<void> {
  const row: OnPhone = {
    id,
    login: id,
    name: id,
    enterprise: null,
    wrapped: await wrap(device, await held(PIN), { token, session }),
    sending: null,
    failures: 0,
    lockedAt: 0,
    lockedFor: 0,
    usedAt: 0,
    since: '',
  }
  await writePerson(row)
}

const tried = (pin: string, id = 'li') => unlock(device, id, pin, () => now)

async function rowOf(id = 'li'): Promise<OnPhone> {
  const row = await personOnPhone(id)
  if (!row) throw new Error('nobody')
  return row
}

beforeEach(async () => {
  now = 1_000_000_000_000
  device = await ownDevice('phone')
})

afterEach(async () => {
  for (const row of await everybody()) await dropPerson(row.id)
})

describe('a PIN', () => {
  it.each(['12345', '1234567890123', '40291a', ''])('%s is no PIN', (pin) => expect(faultOf(pin, 'li')).toBe('short'))
  it.each(['111111', '123456', '987654', '121212', '123123', '890123'])('%s is too easy', (pin) => expect(faultOf(pin, 'li')).toBe('easy'))
  it('may not stand in the login', () => expect(faultOf('402917', 'li-402917')).toBe('easy'))
  it.each(['402917', '739105518264', '118273'])('%s will do', (pin) => expect(faultOf(pin, 'li')).toBeNull())
})

describe('what a PIN opens', () => {
  it('comes out as it went in, after a restart too, and nothing of it lies open on the disk', async () => {
    await lend()
    const stored = await rowOf()
    expect(ITERATIONS).toBeGreaterThanOrEqual(600_000)
    expect(stored.wrapped?.iterations).toBe(ITERATIONS)
    expect(new TextDecoder('latin1').decode(stored.wrapped?.closed)).not.toContain(token)
    await closePeople()
    const kept = await readDevice()
    if (!kept) throw new Error('no device')
    const result = await unlock(kept, 'li', PIN, () => now)
    expect(result).toMatchObject({ status: 'open', inside: { token, session } })
  })

  it('opens on no other phone: the file alone is worth nothing', async () => {
    await lend()
    const other = { ...device, wrapping: await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']) }
    expect(await unlock(other, 'li', PIN, () => now)).toMatchObject({ status: 'wrong' })
  })

  it('keeps people apart', async () => {
    await lend()
    await lend('wang')
    expect(await tried(WRONG)).toEqual({ status: 'wrong', left: 2 })
    expect((await rowOf('wang')).failures).toBe(0)
    expect(await tried(PIN, 'wang')).toMatchObject({ status: 'open' })
    expect((await rowOf()).failures).toBe(1)
  })
})

describe('wrong PINs', () => {
  it('lock from the third on, longer each time, and the right PIN does not end a lock', async () => {
    await lend()
    expect(await tried(WRONG)).toEqual({ status: 'wrong', left: 2 })
    expect(await tried(WRONG)).toEqual({ status: 'wrong', left: 1 })
    for (const minutes of [1, 5, 15, 60, 60]) {
      expect(await tried(WRONG)).toEqual({ status: 'wait', ms: minutes * MINUTE })
      now += minutes * MINUTE - 1
      expect(await tried(PIN)).toEqual({ status: 'wait', ms: 1 })
      now += 1
    }
    expect(await tried(PIN)).toMatchObject({ status: 'open' })
    expect(await tried(WRONG)).toEqual({ status: 'wrong', left: 2 })
  }, 30_000)

  it('are counted on disk before they are tried', async () => {
    await lend()
    void tried(WRONG)
    // Killed at this moment, the app has written the count before it began to compute.
    await expect.poll(async () => (await rowOf()).failures, { interval: 1 }).toBe(1)
    await closePeople()
    expect((await rowOf()).failures).toBe(1)
  })

  it('wait the whole time anew when the clock is set back, and never longer', async () => {
    await lend()
    for (let n = 0; n < 3; n++) await tried(WRONG)
    now -= 30 * 24 * 60 * MINUTE
    expect(waitOf(await rowOf(), now)).toBe(MINUTE)
    expect(await tried(PIN)).toEqual({ status: 'wait', ms: MINUTE })
    now += MINUTE / 2
    expect(await tried(PIN)).toEqual({ status: 'wait', ms: MINUTE / 2 })
    now += MINUTE / 2
    expect(await tried(PIN)).toMatchObject({ status: 'open' })
  })

  it('leave nothing to guess at after the tenth: the password is asked for', async () => {
    await lend()
    for (let n = 1; n < 10; n++) {
      await tried(WRONG)
      now += 60 * MINUTE
    }
    expect(await tried(WRONG)).toEqual({ status: 'password' })
    expect((await rowOf()).wrapped).toBeNull()
    now += 24 * 60 * MINUTE
    expect(await tried(PIN)).toEqual({ status: 'password' })
  }, 30_000)

  it('of somebody who is not on this phone open nothing', async () => {
    expect(await tried(PIN, 'nobody')).toEqual({ status: 'password' })
  })
})

describe("the phone's own key", () => {
  const text = (value: string) => new TextEncoder().encode(value)
  const verify = (signature: string, signed: string) =>
    crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, device.signing.publicKey, fromBase64Url(signature), text(signed))

  it('is made once, survives a restart and cannot be taken out', async () => {
    await closePeople()
    const again = await ownDevice('phone')
    expect((await registration(again, 'li', 'Gate')).public_key).toBe((await registration(device, 'li', 'Gate')).public_key)
    expect(again.signing.privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('jwk', again.signing.privateKey)).rejects.toThrow()
    await expect(crypto.subtle.exportKey('raw', again.wrapping)).rejects.toThrow()
  })

  it('signs which phone it is and for whom', async () => {
    const body = await registration(device, 'li', 'Gate')
    expect(fromBase64Url(body.public_key)).toHaveLength(65)
    expect(await verify(body.proof, 'wm-device-v1\nphone\nli')).toBe(true)
    expect(await verify(body.proof, 'wm-device-v1\nphone\nwang')).toBe(false)
  })

  it('signs facts once it is registered, each time over the fact alone', async () => {
    const fact = { id: 'f', kind: 'weighed', lines: [{ grams: 5, batch: 'b' }] }
    expect(await signFact(fact)).toEqual(fact)
    await writeDevice({ ...device, registeredAt: '2026-11-22T00:00:00Z' })
    const once = await signFact(fact)
    const twice = await signFact(once)
    expect(twice.signature).not.toBe(once.signature)
    for (const { signature } of [once, twice]) expect(await verify(signature ?? '', canonical(fact))).toBe(true)
  })

  it.each((vectors('canonical') as { cases: { value: object; canonical: string }[] }).cases)('writes $canonical as the server does', (one) => {
    expect(canonical(one.value)).toBe(one.canonical)
  })

  it('writes JSON as RFC 8785 wants it', () => {
    const value = { b: [1, 1e21, 0.000001, 116.5061], a: { ö: '"\n', z: null, é: undefined }, A: true }
    expect(canonical(value)).toBe('{"A":true,"a":{"z":null,"ö":"\\"\\n"},"b":[1,1e+21,0.000001,116.5061]}')
  })
})

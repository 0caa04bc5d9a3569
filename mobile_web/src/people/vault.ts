import { changePerson, type Inside, type OnPhone, type OwnDevice, type Wrapped } from './store'

// What a PIN opens. It is wrapped by a key made from the PIN, and that once more by a key that never leaves this phone:
// without the phone there is nothing to try PINs on, and on the phone every try is counted before it is made.

type Bytes = Uint8Array<ArrayBuffer>

export const PIN_LEAST = 6
export const PIN_MOST = 12
export const ITERATIONS = 600_000
const FREE_TRIES = 2
const TRIES_MOST = 10
const MINUTE = 60_000
const WAITS = [1, 5, 15, 60].map((minutes) => minutes * MINUTE)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export type PinFault = 'short' | 'easy'

/** Why this PIN will not do; as the server judges signing PINs, so that one PIN can be both. */
export function faultOf(pin: string, login: string): PinFault | null {
  if (!/^\d+$/.test(pin) || pin.length < PIN_LEAST || pin.length > PIN_MOST) return 'short'
  const digits = Array.from(pin, Number)
  const steps = new Set(digits.slice(1).map((digit, at) => (digit - (digits[at] ?? 0) + 10) % 10))
  const repeats = [1, 2, 3].some((size) => pin === pin.slice(0, size).repeat(pin.length).slice(0, pin.length))
  return steps.size === 1 || repeats || login.includes(pin) ? 'easy' : null
}

async function keyOf(pin: string, salt: Bytes, iterations: number): Promise<CryptoKey> {
  const source = await crypto.subtle.importKey('raw', encoder.encode(pin), 'PBKDF2', false, ['deriveKey'])
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations }
  return crypto.subtle.deriveKey(how, source, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

function drawn(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length))
}

export async function close(key: CryptoKey, what: Bytes): Promise<{ nonce: Bytes; closed: Bytes }> {
  const nonce = drawn(12)
  return { nonce, closed: new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, what)) }
}

export async function open(key: CryptoKey, nonce: Bytes, closed: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, key, closed))
}

/** The key that is kept in memory while somebody is at work, to wrap a newer session without asking for the PIN. */
export interface Held {
  key: CryptoKey
  salt: Bytes
  iterations: number
}

export async function held(pin: string): Promise<Held> {
  const salt = drawn(16)
  return { key: await keyOf(pin, salt, ITERATIONS), salt, iterations: ITERATIONS }
}

export async function wrap(device: OwnDevice, by: Held, inside: Inside): Promise<Wrapped> {
  const inner = await close(by.key, encoder.encode(JSON.stringify(inside)))
  const outer = await close(device.wrapping, inner.closed)
  return { salt: by.salt, iterations: by.iterations, nonce: inner.nonce, outerNonce: outer.nonce, closed: outer.closed }
}

/** How long the person still has to wait. A clock that was set back begins the whole wait anew, and no more than that. */
export function waitOf(row: OnPhone, now: number): number {
  if (row.lockedFor === 0) return 0
  const passed = now - row.lockedAt
  return passed < 0 ? row.lockedFor : Math.max(row.lockedFor - passed, 0)
}

export type Unlocked =
  | { status: 'open'; inside: Inside; held: Held; row: OnPhone }
  | { status: 'wrong'; left: number }
  | { status: 'wait'; ms: number }
  | { status: 'password' }

/** Tries a PIN. The try is counted on disk before it is made: whoever kills the app has still used it up. */
export async function unlock(device: OwnDevice, id: string, pin: string, clock: () => number = Date.now): Promise<Unlocked> {
  const now = clock()
  let wait = 0
  let before: OnPhone | null = null
  const counted = await changePerson(id, (row) => {
    before = row
    wait = waitOf(row, now)
    // Set back, the clock starts the wait again from what it says now.
    if (wait > 0) return now < row.lockedAt ? { ...row, lockedAt: now } : row
    if (row.wrapped === null) return row
    const failures = row.failures + 1
    const beyond = failures - FREE_TRIES - 1
    return { ...row, failures, lockedAt: now, lockedFor: beyond < 0 ? 0 : (WAITS[Math.min(beyond, WAITS.length - 1)] ?? 0) }
  })
  if (counted === null) return { status: 'password' }
  if (wait > 0) return { status: 'wait', ms: wait }
  const wrapped = (before as OnPhone | null)?.wrapped ?? null
  if (wrapped === null) return { status: 'password' }
  const by = { key: await keyOf(pin, wrapped.salt, wrapped.iterations), salt: wrapped.salt, iterations: wrapped.iterations }
  const inside = await opened(device, by.key, wrapped)
  if (inside === null) return wrong(counted, id)
  const row = await changePerson(id, (have) => ({ ...have, failures: 0, lockedFor: 0, usedAt: now }))
  return { status: 'open', inside, held: by, row: row ?? counted }
}

async function opened(device: OwnDevice, key: CryptoKey, wrapped: Wrapped): Promise<Inside | null> {
  try {
    const inner = await open(device.wrapping, wrapped.outerNonce, wrapped.closed)
    return JSON.parse(decoder.decode(await open(key, wrapped.nonce, inner))) as Inside
  } catch {
    // Another PIN, or another phone's file: there is no telling, and none is wanted.
    return null
  }
}

async function wrong(row: OnPhone, id: string): Promise<Unlocked> {
  if (row.failures >= TRIES_MOST) {
    // Nothing is left to guess at. What the person recorded is in the outbox, which this does not touch.
    await changePerson(id, (have) => ({ ...have, wrapped: null, lockedFor: 0 }))
    return { status: 'password' }
  }
  return row.lockedFor > 0 ? { status: 'wait', ms: row.lockedFor } : { status: 'wrong', left: FREE_TRIES + 1 - row.failures }
}

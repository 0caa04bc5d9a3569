// Seals the login and PIN of somebody who signs on this phone, so that they can wait in the outbox: only the server can
// open them, and only for the signature they were typed for. The form is that of manifests/sealing.py.

type Bytes = Uint8Array<ArrayBuffer>

export interface SealKey {
  key_id: string
  public_key: string
}

export interface SealedFor {
  fact: string
  manifest: string
  side: string
  of: string | null
}

/** What a test fixes; a phone draws both anew for every envelope. */
export interface Drawn {
  ephemeral: CryptoKeyPair
  nonce: Bytes
}

const VERSION = 1
const NONCE_BYTES = 12
const PAD_TO = 128
const CURVE = { name: 'ECDH', namedCurve: 'P-256' }
const encoder = new TextEncoder()

/** Whether this page may use the browser's cryptography at all: pages without TLS may not. */
export function canSeal(): boolean {
  return (globalThis.crypto.subtle as SubtleCrypto | undefined) !== undefined
}

export function fromBase64Url(text: string): Bytes {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}

export function toBase64Url(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function joined(...parts: Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** The envelope for one signature. */
export async function seal(key: SealKey, login: string, pin: string, wanted: SealedFor, drawn?: Drawn): Promise<string> {
  const { subtle } = crypto
  const pair = drawn?.ephemeral ?? (await subtle.generateKey(CURVE, false, ['deriveBits']))
  const nonce = drawn?.nonce ?? crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const theirs = fromBase64Url(key.public_key)
  const mine = new Uint8Array(await subtle.exportKey('raw', pair.publicKey))
  const imported = await subtle.importKey('raw', theirs, CURVE, false, [])
  const secret = await subtle.deriveBits({ name: 'ECDH', public: imported }, pair.privateKey, 256)
  const source = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  const cipher = await subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: joined(mine, theirs), info: encoder.encode('wm-seal-v1') },
    source,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt'],
  )
  const inside = encoder.encode(JSON.stringify({ login, pin }))
  const padded = new Uint8Array(Math.ceil(inside.length / PAD_TO) * PAD_TO).fill(0x20)
  padded.set(inside)
  const bound = encoder.encode([wanted.fact, wanted.manifest, wanted.side, wanted.of ?? ''].join('|'))
  const closed = await subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: bound }, cipher, padded)
  const keyId = new Uint8Array(await subtle.digest('SHA-256', theirs)).slice(0, 4)
  return toBase64Url(joined(Uint8Array.of(VERSION), keyId, mine, nonce, new Uint8Array(closed)))
}

import { describe, expect, it } from 'vitest'
import { fromBase64Url, seal, type SealKey } from '../src/sign/seal'
import { vectors } from './vectors'

interface Case {
  login: string
  pin: string
  fact: string
  manifest: string
  side: string
  of: string | null
  nonce: string
  sealed: string
}

const set = vectors('seal') as { public_key: string; ephemeral_jwk: JsonWebKey; cases: Case[] }
const key: SealKey = { key_id: '', public_key: set.public_key }

async function drawn(nonce: string) {
  const { d, ...open } = set.ephemeral_jwk
  const curve = { name: 'ECDH', namedCurve: 'P-256' }
  const privateKey = await crypto.subtle.importKey('jwk', { ...open, ...(d === undefined ? {} : { d }) }, curve, false, ['deriveBits'])
  const publicKey = await crypto.subtle.importKey('jwk', open, curve, true, [])
  const bytes = Uint8Array.from(nonce.match(/../g) ?? [], (pair) => parseInt(pair, 16))
  return { ephemeral: { privateKey, publicKey }, nonce: bytes }
}

describe('envelopes, as the server opens them', () => {
  it.each(set.cases)('$side', async (one) => {
    expect(await seal(key, one.login, one.pin, one, await drawn(one.nonce))).toBe(one.sealed)
  })

  it('draws anew for every envelope, and none is longer than another', async () => {
    const wanted = { fact: 'f', manifest: 'm', side: 'generator', of: null }
    const [a, b, c] = await Promise.all([
      seal(key, 'w', '402917', wanted),
      seal(key, 'w', '402917', wanted),
      seal(key, 'a-much-longer-login@hongda', '739105518264', wanted),
    ])
    expect(a).not.toBe(b)
    expect(new Set([a.length, b.length, c.length]).size).toBe(1)
    expect(fromBase64Url(a).slice(0, 5)).toEqual(fromBase64Url(set.cases[0]?.sealed ?? '').slice(0, 5))
  })
})

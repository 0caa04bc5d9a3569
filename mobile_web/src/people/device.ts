import { toBase64Url } from '../sign/seal'
import { readDevice, writeDevice, type OwnDevice } from './store'

// The phone's own key pair. The private half is made here, once, cannot be exported, and signs every fact that leaves.

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGN = { name: 'ECDSA', hash: 'SHA-256' }
const encoder = new TextEncoder()

/** JSON in the canonical form of RFC 8785: keys in order, no spaces, numbers as ECMAScript writes them. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one ?? null)).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, one]) => one !== undefined)
  // By UTF-16 units, as the standard wants it and as a plain comparison of strings does.
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`
}

/** This phone's keys under the id its facts carry; made at the first call. */
export async function ownDevice(id: string): Promise<OwnDevice> {
  const have = await readDevice()
  if (have?.id === id) return have
  const { subtle } = crypto
  const made: OwnDevice = {
    id,
    signing: await subtle.generateKey(CURVE, false, ['sign', 'verify']),
    wrapping: have?.wrapping ?? (await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])),
    name: null,
    registeredAt: null,
  }
  await writeDevice(made)
  return made
}

async function signed(device: OwnDevice, text: string): Promise<string> {
  const signature = await crypto.subtle.sign(SIGN, device.signing.privateKey, encoder.encode(text))
  return toBase64Url(new Uint8Array(signature))
}

/** What the server asks for to register this phone for somebody. */
export async function registration(device: OwnDevice, person: string, name: string) {
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', device.signing.publicKey))
  const proof = await signed(device, `wm-device-v1\n${device.id}\n${person}`)
  return { id: device.id, name, public_key: toBase64Url(point), proof }
}

/** The fact with this phone's signature, made anew for each sending; as it is on a phone that is not registered. */
export async function signFact<F extends object>(fact: F): Promise<F & { signature?: string }> {
  const device = await readDevice()
  if (!device?.registeredAt) return fact
  // JSON knows no undefined: an earlier signature is then left out.
  return { ...fact, signature: await signed(device, canonical({ ...fact, signature: undefined })) }
}

import { uuidFrom } from '../ids'
import type { Uuid } from '../wire'

// What is inside the QR: 36 bytes of facts and a signature of 64, as manifests/code.py writes them (docs/label.md draws
// the layout). Both run tests/vectors/label.json and must read every text alike.

const FACTS_BYTES = 36
const PAYLOAD_LETTERS = 160
const VERSION_1_ED25519 = 0x11
const FIRST_DAY = Date.UTC(2020, 0, 1)
const DAY_MS = 86_400_000
const GRAMS_STATED_MAX = 0xffff_ffff
const TEXT_MAX = 2_000
const HOST_SHOWN_MAX = 40
const CONTEXT = new TextEncoder().encode('wm-label-v1\0')

const HOST = '[A-Z0-9](?:[A-Z0-9.-]{0,98}[A-Z0-9])?(?::[0-9]{1,5})?'
// Messengers append "?from=..." to links and people a final slash: neither is signed, so both are ignored.
const LINK = new RegExp(`^https://(${HOST})/m/([^/?#]*)/?(?:[?#].*)?$`, 'is')
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const WHATS = ['batch', 'manifest', 'roll'] as const

const IN_KILOGRAMS = 0b0_0001
const MEASURED = 0b0_0010
const HAZARDOUS = 0b1_0000
const KNOWN_FLAGS = 0b1_1111

/** The facts a label states of itself; numbers are the park's own short ids, 0 grams is "not weighed yet". */
export interface Label {
  park: number
  keyId: number
  labelId: Uuid
  day: string
  what: (typeof WHATS)[number]
  wasteClass: number
  generator: number
  grams: number
  measured: boolean
  hazardous: boolean
}

export interface Scanned {
  payload: string
  claims: Label
  signed: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

export type CodeProblem = 'label_not_ours' | 'label_unreadable' | 'label_wrong_length' | 'label_version_unknown'
export type CodeRead = { scanned: Scanned } | { problem: CodeProblem; host: string | null; like?: 'label' }

function isAscii(text: string): boolean {
  for (let place = 0; place < text.length; place++) if (text.charCodeAt(place) > 127) return false
  return true
}

/** What a scanned link says. Only links of `hosts` are read; anything else is named, never opened. */
export function readCode(text: string, hosts: readonly string[]): CodeRead {
  const trimmed = text.trim()
  const link = text.length <= TEXT_MAX && isAscii(trimmed) ? LINK.exec(trimmed) : null
  const host = link?.[1]?.toLowerCase() ?? null
  if (link === null || host === null || !hosts.some((known) => known.toLowerCase() === host)) {
    // Built as ours are, of another house: only that house can say whether it is genuine.
    const alike = link !== null && link[2]?.length === PAYLOAD_LETTERS && /^[a-z2-7]*$/i.test(link[2])
    return { problem: 'label_not_ours', host: hostOf(trimmed), ...(alike ? { like: 'label' as const } : {}) }
  }
  return readPayload(link[2] ?? '')
}

/** The host of any other link, only to name it to the person who scanned it: in ASCII, so that no letter looks like
 * another or turns the line around, and its end, because that is who owns it (waste.bda.cn.example.com). */
function hostOf(text: string): string | null {
  if (text.length > TEXT_MAX || !/^https?:\/\//i.test(text)) return null
  try {
    const { host } = new URL(text)
    return host.length > HOST_SHOWN_MAX ? `…${host.slice(-HOST_SHOWN_MAX)}` : host
  } catch {
    return null
  }
}

/** As `readCode`, from the part behind /M/ alone. */
export function readPayload(payload: string): CodeRead {
  const upper = payload.toUpperCase()
  if (!isAscii(payload) || !/^[A-Z2-7]*$/.test(upper)) return { problem: 'label_unreadable', host: null }
  if (payload.length !== PAYLOAD_LETTERS) return { problem: 'label_wrong_length', host: null }
  const bytes = fromBase32(upper)
  const facts = bytes.slice(0, FACTS_BYTES)
  const claims = decodeFacts(facts)
  if (claims === null) return { problem: 'label_version_unknown', host: null }
  const signed = new Uint8Array(CONTEXT.length + facts.length)
  signed.set(CONTEXT)
  signed.set(facts, CONTEXT.length)
  return { scanned: { payload: upper, claims, signed, signature: bytes.slice(FACTS_BYTES) } }
}

/** 160 letters of five bits are exactly 100 bytes: nothing is left over, so a label has one spelling only. */
function fromBase32(letters: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array((letters.length * 5) / 8)
  let held = 0
  let bits = 0
  let at = 0
  for (const letter of letters) {
    held = ((held << 5) | ALPHABET.indexOf(letter)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (held >> bits) & 0xff
    }
  }
  return bytes
}

/** Null where a version, kind or flag is unknown: a flag we do not know may change the meaning of those we do. */
function decodeFacts(facts: Uint8Array<ArrayBuffer>): Label | null {
  const view = new DataView(facts.buffer)
  const flags = view.getUint8(35)
  const what = WHATS[(flags >> 2) & 0b11]
  if (view.getUint8(0) !== VERSION_1_ED25519 || flags & ~KNOWN_FLAGS || what === undefined) return null
  const inKilograms = (flags & IN_KILOGRAMS) !== 0
  const mass = view.getUint32(29)
  if (inKilograms && mass * 1000 <= GRAMS_STATED_MAX) return null
  return {
    keyId: view.getUint16(1),
    park: view.getUint16(3),
    labelId: uuidFrom(facts.slice(5, 21)),
    wasteClass: view.getUint32(21),
    generator: view.getUint32(25),
    grams: inKilograms ? mass * 1000 : mass,
    day: new Date(FIRST_DAY + view.getUint16(33) * DAY_MS).toISOString().slice(0, 10),
    what,
    measured: (flags & MEASURED) !== 0,
    hazardous: (flags & HAZARDOUS) !== 0,
  }
}

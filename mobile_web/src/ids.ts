const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function dashed(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => HEX[byte]).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** A UUIDv7: time-ordered, so that facts made on one phone sort as they were made. Works on insecure pages too, where
 * `crypto.randomUUID` does not exist. */
export function uuid7(now = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  new DataView(bytes.buffer).setUint16(0, Math.floor(now / 2 ** 32))
  new DataView(bytes.buffer).setUint32(2, now % 2 ** 32)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return dashed(bytes)
}

/** The dashed spelling of 16 bytes. */
export function uuidFrom(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError('a UUID has 16 bytes')
  return dashed(bytes)
}

/** The device's clock with its zone, as facts state it: 2026-11-21T08:30:00+08:00. */
export function instantHere(at = new Date()): string {
  const ahead = -at.getTimezoneOffset()
  const shifted = new Date(at.getTime() + ahead * 60_000).toISOString().slice(0, 19)
  const pad = (n: number) => String(Math.trunc(n)).padStart(2, '0')
  return `${shifted}${ahead < 0 ? '-' : '+'}${pad(Math.abs(ahead) / 60)}:${pad(Math.abs(ahead) % 60)}`
}

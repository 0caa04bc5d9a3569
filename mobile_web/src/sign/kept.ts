import type { Session } from '../wire'
import type { SealKey } from './seal'

// What this phone keeps for signing without a network: the installation's public key, and who signed here lately.

const KEY = 'seal-key'
const LOGINS = 'signed-here'
const LOGINS_MAX = 5

function read(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(name) ?? 'null')
  } catch {
    // Forbidden or half-written storage is the same as none.
    return null
  }
}

function write(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value))
  } catch {
    // A phone that keeps nothing types the login again; no signature is lost by it.
  }
}

/** The key to seal for: the session's, kept for the time without a network; null where this phone never had one. */
export function sealKey(session: Session): SealKey | null {
  if (session.seal) {
    write(KEY, session.seal)
    return session.seal
  }
  const kept = read(KEY) as Partial<SealKey> | null
  return typeof kept?.key_id === 'string' && typeof kept.public_key === 'string' ? (kept as SealKey) : null
}

/** Logins that signed on this phone, the last one first. Never a PIN. */
export function loginsHere(): string[] {
  const kept = read(LOGINS)
  return Array.isArray(kept) ? kept.filter((login): login is string => typeof login === 'string').slice(0, LOGINS_MAX) : []
}

export function rememberLogin(login: string): void {
  write(LOGINS, [login, ...loginsHere().filter((known) => known !== login)].slice(0, LOGINS_MAX))
}

import { apiGet, apiPost, call, lendToApi, Refused } from './api'
import { hint, hinted, lendPeople } from './people/lend'
import { createStore, useStore } from './store'
import { outbox } from './sync'
import type { Role, Session } from './wire'
import { followPersonsLanguage } from './words'

// Who is at work lives in memory only. In a desk's browser a cookie proves it, out of JavaScript's reach; on a phone a
// token that a PIN unlocks (src/people), so that a phone that was started again asks for the PIN.

export type SessionState =
  | { status: 'asking' }
  | { status: 'in'; session: Session }
  | { status: 'out'; reason: 'none' | 'ended' }
  | { status: 'unreachable' }
  /** People have a PIN on this phone, and it waits for one. */
  | { status: 'locked' }
  /** The password was right, and a PIN for this phone may be chosen; the password is kept until that is decided. */
  | { status: 'offered'; session: Session; password: string }
  /** This phone was taken out of use. What it holds can still be sent. */
  | { status: 'withdrawn'; session: Session | null }

const PHONE = '(max-width: 600px)'

const state = createStore<SessionState>({ status: 'asking' })

/** Lets somebody in: with the token a PIN unlocked, or with the cookie. */
export function enter(session: Session, bearer: string | null = null): void {
  lendToApi({ csrf: session.csrf, bearer })
  followPersonsLanguage(session.person.language)
  state.set(session.withdrawn === true ? { status: 'withdrawn', session } : { status: 'in', session })
}

function leave(reason: 'none' | 'ended'): void {
  lendToApi({ csrf: '', bearer: null })
  state.set(hinted('people-here') ? { status: 'locked' } : { status: 'out', reason })
}

/** Nobody is at work: the phone asks for a PIN. */
export function showLocked(): void {
  leave('none')
}

/** The server said that this phone is out of use. Whoever is at work keeps their token: it still opens the way out. */
export function showWithdrawn(): void {
  hint('phone-withdrawn', true)
  const now = state.get()
  state.set({ status: 'withdrawn', session: now.status === 'in' ? now.session : null })
}

function signedOut(code: string): void {
  if (state.get().status !== 'in') return
  if (code === 'device_revoked') showWithdrawn()
  else void ended()
}

/** The server ended this session. On a phone the PIN opens nothing any more, and the password is asked for. */
async function ended(): Promise<void> {
  const now = state.get()
  if (now.status === 'in' && hinted('people-here')) await (await import('./people/people')).endedByServer(now.session.person.id)
  leave('ended')
}

/** Asks the server who we are; called at start and again when the person presses "try again". */
export async function resumeSession(): Promise<void> {
  lendToApi({ onSignedOut: signedOut })
  lendPeople()
  if (hinted('phone-withdrawn')) state.set({ status: 'withdrawn', session: null })
  else if (hinted('people-here')) state.set({ status: 'locked' })
  else await resumeByCookie()
}

async function resumeByCookie(): Promise<void> {
  try {
    enter(await apiGet<Session>('/session'))
  } catch (error) {
    if (!(error instanceof Refused)) state.set({ status: 'unreachable' })
    else if (error.problem.code === 'device_revoked') state.set({ status: 'withdrawn', session: null })
    else leave('none')
  }
}

export async function logIn(login: string, password: string): Promise<void> {
  // A browser that keeps nothing has no id; it is then no phone we could know.
  const device = await outbox.device().catch(() => null)
  lendToApi({ bearer: null })
  const session = await apiPost<Session>('/session', { login, password, device })
  if (!mayChoosePin(session)) { enter(session); return; }
  lendToApi({ csrf: session.csrf })
  followPersonsLanguage(session.person.language)
  state.set({ status: 'offered', session, password })
}

/** Whether somebody works on a phone here: handlers, and managers who hold one. */
export function isPhone({ person, device }: Session): boolean {
  return person.role === 'handler' || (person.role === 'manager' && (device !== null || matchMedia(PHONE).matches))
}

/** A PIN is offered to whoever works on a phone. */
function mayChoosePin(session: Session): boolean {
  const { enterprise, withdrawn } = session
  return isPhone(session) && enterprise !== null && withdrawn !== true && (crypto.subtle as SubtleCrypto | undefined) !== undefined
}

export async function logOut(): Promise<void> {
  await call('DELETE', '/session')
  leave('none')
}

export function useSession(): SessionState {
  return useStore(state)
}

export function currentSession(): Session | null {
  const now = state.get()
  return now.status === 'in' ? now.session : null
}

/** Where a person starts: hands-on people at the camera, those who steer at the desk. */
export function homeOf(role: Role): string {
  if (role === 'inspector') return '/app/roadside'
  return role === 'handler' ? '/app/scan' : '/app/desk'
}

import { apiGet, apiPost, call, lendToApi, Refused } from './api'
import { createStore, useStore } from './store'
import type { Role, Session } from './wire'
import { followPersonsLanguage } from './words'

// Who is logged in lives in memory only; the cookie that proves it is out of JavaScript's reach.

export type SessionState =
  | { status: 'asking' }
  | { status: 'in'; session: Session }
  | { status: 'out'; reason: 'none' | 'ended' }
  | { status: 'unreachable' }

const state = createStore<SessionState>({ status: 'asking' })

function enter(session: Session): void {
  lendToApi({ csrf: session.csrf })
  followPersonsLanguage(session.person.language)
  state.set({ status: 'in', session })
}

function leave(reason: 'none' | 'ended'): void {
  lendToApi({ csrf: '' })
  state.set({ status: 'out', reason })
}

/** Asks the server who we are; called at start and again when the person presses "try again". */
export async function resumeSession(): Promise<void> {
  lendToApi({
    onSignedOut: () => {
      if (state.get().status === 'in') leave('ended')
    },
  })
  try {
    enter(await apiGet<Session>('/session'))
  } catch (error) {
    if (error instanceof Refused) leave('none')
    else state.set({ status: 'unreachable' })
  }
}

export async function logIn(login: string, password: string): Promise<void> {
  enter(await apiPost<Session>('/session', { login, password }))
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

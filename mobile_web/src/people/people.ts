import { apiGet, apiPost, call, lendToApi, Refused, Unreachable } from '../api'
import { navigate } from '../router'
import { currentSession, enter, showLocked, showWithdrawn } from '../session'
import { outbox } from '../sync'
import type { Session } from '../wire'
import { watchIdle } from './autolock'
import { ownDevice, registration } from './device'
import { watchFiles } from './files'
import { hint } from './lend'
import { changePerson, dropPerson, everybody, personOnPhone, readDevice, writeDevice, writePerson, type OwnDevice } from './store'
import { close, held, open, unlock as tryPin, wrap, type Held, type Unlocked } from './vault'

// Several people on one phone. Each has a PIN that opens a token and the session they had last; at work is at most one.

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Of whoever is at work, to keep a newer session behind the same PIN. */
let atWork: { person: string; token: string; by: Held } | null = null
let stopWatching: (() => void) | null = null
let before: string | null = null

interface Tokens {
  full: string
  send: string
}

interface Registered {
  name: string
  registered_at: string
}

/** Registers this phone if need be and keeps the log-in on it behind a PIN. Needs a network, and the cookie of the
 * log-in that has just been; that cookie is given back in the end. */
export async function enrol(session: Session, pin: string, deviceName: string): Promise<void> {
  const { person, enterprise } = session
  const device = await ownDevice(await outbox.device())
  const known = await apiPost<Registered>('/devices', await registration(device, person.id, deviceName))
  const registered: OwnDevice = { ...device, name: known.name, registeredAt: known.registered_at }
  await writeDevice(registered)
  hint('phone-registered', true)
  const tokens = await apiPost<Tokens>(`/devices/${device.id}/people`, {})
  const kept: Session = { ...session, csrf: '', device: device.id }
  const by = await held(pin)
  await writePerson({
    id: person.id,
    login: person.login,
    name: person.name,
    enterprise: enterprise && { name_zh: enterprise.name_zh, name_en: enterprise.name_en },
    wrapped: await wrap(registered, by, { token: tokens.full, session: kept }),
    sending: await close(registered.wrapping, encoder.encode(tokens.send)),
    failures: 0,
    lockedAt: 0,
    lockedFor: 0,
    usedAt: Date.now(),
    since: new Date().toISOString(),
  })
  hint('people-here', true)
  // From here on the token says who it is. A cookie that could not be given back ends by itself.
  await call('DELETE', '/session').catch(() => undefined)
  begin(kept, tokens.full, by)
}

function begin(session: Session, token: string, by: Held): void {
  atWork = { person: session.person.id, token, by }
  stopWatching?.()
  const stops = [watchIdle(lock), watchFiles(), watchNetwork()]
  stopWatching = () => stops.forEach((stop) => stop())
  // A colleague starts at the beginning, not on the page that was left open.
  if (before !== null && before !== session.person.id) navigate('/', { replace: true })
  before = session.person.id
  enter(session, token)
}

/** Back in the network, the server is asked who we are by now: this phone may have been withdrawn meanwhile. */
function watchNetwork(): () => void {
  const back = () => void refresh()
  addEventListener('online', back)
  return () => removeEventListener('online', back)
}

/** Tries somebody's PIN; right, they are at work at once, network or not. */
export async function unlock(id: string, pin: string): Promise<Unlocked> {
  const device = await readDevice()
  if (device === null) return { status: 'password' }
  const result = await tryPin(device, id, pin)
  if (result.status === 'open') {
    begin(result.inside.session, result.inside.token, result.held)
    void refresh()
  }
  return result
}

/** Asks the server who we are by now, and keeps that behind the PIN. */
async function refresh(): Promise<void> {
  const at = atWork
  const device = await readDevice()
  if (at === null || device === null) return
  try {
    const session = { ...(await apiGet<Session>('/session')), csrf: '' }
    if (atWork !== at) return
    const wrapped = await wrap(device, at.by, { token: at.token, session })
    await changePerson(at.person, (row) => ({ ...row, name: session.person.name, wrapped }))
    if (atWork === at && JSON.stringify(session) !== JSON.stringify(currentSession())) enter(session, at.token)
  } catch (error) {
    if (atWork !== at || error instanceof Unreachable || !(error instanceof Refused)) return
    if (error.problem.code === 'device_revoked') showWithdrawn()
    else if (error.problem.status === 401) {
      await endedByServer(at.person)
      showLocked()
    }
  }
}

/** Their token opens nothing any more: the PIN is forgotten, the row stays, and with it the way out for their facts. */
export async function endedByServer(person: string): Promise<void> {
  atWork = null
  await changePerson(person, (row) => ({ ...row, wrapped: null }))
}

/** Nobody is at work any more. */
export function lock(): void {
  // A phone that is out of use shows that and nothing else.
  if (currentSession() === null) return
  atWork = null
  stopWatching?.()
  stopWatching = null
  lendToApi({ bearer: null })
  showLocked()
}

/** The token by which a person's facts are sent, whoever is at work; null where they have none on this phone. */
export async function sendingToken(person: string): Promise<string | null> {
  const [device, row] = await Promise.all([readDevice(), personOnPhone(person)])
  if (!device || !row?.sending) return null
  try {
    return decoder.decode(await open(device.wrapping, row.sending.nonce, row.sending.closed))
  } catch {
    // A row of another phone's store opens nothing here.
    return null
  }
}

export type Removal = { status: 'removed' } | { status: 'unsent'; count: number }

/** Takes whoever is at work off this phone. Refused while they have unsent facts: nobody could send them. */
export async function removeMe(person: string): Promise<Removal> {
  const { own } = await outbox.counts(person)
  if (own > 0) return { status: 'unsent', count: own }
  // Without a network the tokens are forgotten here, and end at the desk or with the next password.
  await call('DELETE', '/session').catch((error: unknown) => {
    if (!(error instanceof Unreachable) && !(error instanceof Refused)) throw error
  })
  await dropPerson(person)
  hint('people-here', (await everybody()).length > 0)
  lock()
  return { status: 'removed' }
}

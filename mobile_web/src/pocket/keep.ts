import { refreshHeld } from '../make/held'
import { isPhone } from '../session'
import type { Session } from '../wire'
import { currentLanguage } from '../words'
import { fetchActsWords } from '../act/words'
import { fetchPocketWords } from './words'
import { alsoSend } from '../sync'
import { packed, refreshPack, toldHere } from './pocket'

const EVERY_MS = 15 * 60_000
const PAUSE_MS = 60_000
const SOON_MS = 1_500

/** Keeps the pocket of whoever is at the phone current: now, whenever the network comes back, every quarter of an hour. */
export function keepPacked(session: Session): () => void {
  let over = false
  const refresh = () => void refreshPack(session).then(() => whenIdle(() => void fetchScreens().catch(() => undefined))).catch(() => undefined)
  const fill = () => {
    refresh()
    // Numbers and roll labels are for a phone; a desk that wants them asks on the page that does.
    if (isPhone(session)) void refreshHeld(session).catch(() => undefined)
  }
  whenIdle(() => {
    if (!over) fill()
  })
  const timer = setInterval(refresh, EVERY_MS)
  addEventListener('online', fill)
  const stop = alsoSend(() => afterMaking(session))
  return () => {
    over = true
    clearInterval(timer)
    removeEventListener('online', fill)
    stop()
  }
}

/** What is for later does not hold up the screen that is wanted now, and comes soon all the same. */
function whenIdle(work: () => void): void {
  const { requestIdleCallback: idle } = globalThis as { requestIdleCallback?: Window['requestIdleCallback'] }
  if (idle) idle(work, { timeout: SOON_MS })
  else setTimeout(work, SOON_MS)
}

/** Once the park has what was made here, the pocket is filled with how it tells of it: receipts are not kept for ever. Not
 * after each of fifty drums; what came last is in the next quarter of an hour's. */
async function afterMaking(session: Session): Promise<'done'> {
  const asOf = Date.parse((await packed())?.kept.asOf ?? '')
  if (!(Date.now() - asOf > PAUSE_MS)) return 'done'
  const made = (await toldHere()).heard.some(({ fact, at }) => at > asOf && (fact.kind === 'generated' || fact.kind === 'manifest_issued'))
  if (made) await refreshPack(session)
  return 'done'
}

/** The screens of an act are fetched before they are wanted: without a network, or in a hurry, they are there. */
async function fetchScreens(): Promise<void> {
  await Promise.all([
    import('./ask'),
    import('./find'),
    import('../what/what'),
    import('../act/act'),
    import('../act/answer'),
    import('../scan/list'),
    import('../act/many'),
    import('../act/answers'),
    fetchActsWords(currentLanguage()),
    import('../scan/typed'),
    import('../sign/sign'),
    fetchPocketWords(currentLanguage()),
  ])
}

import type { Session } from '../wire'
import { currentLanguage } from '../words'
import { fetchActsWords } from '../act/words'
import { fetchPocketWords } from './words'
import { refreshPack } from './pocket'

const EVERY_MS = 15 * 60_000

/** Keeps the pocket of whoever is at the phone current: now, whenever the network comes back, every quarter of an hour. */
export function keepPacked(session: Session): () => void {
  const refresh = () => void refreshPack(session).then(fetchScreens).catch(() => undefined)
  refresh()
  const timer = setInterval(refresh, EVERY_MS)
  addEventListener('online', refresh)
  return () => {
    clearInterval(timer)
    removeEventListener('online', refresh)
  }
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

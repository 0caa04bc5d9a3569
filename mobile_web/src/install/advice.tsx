import { useEffect, useState } from 'preact/hooks'
import type { Standing } from '../outbox/outbox'
import { Button, Notice } from '../ui/parts'
import type { OutboxWords } from '../words/mirror.outbox'
import { howToInstall, install, onInstallChange, storageKept } from './device'

export const HOUR_MS = 3_600_000
export const OLD_MS = 24 * HOUR_MS

/** How many hours the oldest record has been unsent, once that is a day or more. */
export function hoursUnsent(oldest: number | null, now = Date.now()): number | null {
  return oldest !== null && now - oldest >= OLD_MS ? Math.floor((now - oldest) / HOUR_MS) : null
}

/** What a phone that holds records should be told: unsent for long, not kept by the browser, not installed. */
export function Advice({ o, standing }: { o: OutboxWords; standing: Standing }) {
  const [kept, setKept] = useState<boolean | null>(null)
  const [how, setHow] = useState(howToInstall)
  useEffect(() => {
    void storageKept(true).then(setKept, () => undefined)
    return onInstallChange(() => setHow(howToInstall()))
  }, [])
  const hours = hoursUnsent(standing.oldest)
  return (
    <>
      {hours !== null && <Notice meaning="stop" title={o.old(hours)} testid="unsent-old">{o.oldHow}</Notice>}
      {kept === false && (
        <Notice meaning="watch" title={o.notKept} testid="not-kept">
          <p>{o.notKeptHow}</p>
          <Button onClick={() => void storageKept(true).then(setKept)} testid="keep-them">{o.keepThem}</Button>
        </Notice>
      )}
      {how !== null && (
        <Notice meaning="unknown" title={o.install} testid="install">
          <p>{how === 'ios' ? o.installIos : o.installHow}</p>
          {how === 'button' && <Button look="main" onClick={() => void install().then(() => setHow(howToInstall()))} testid="install-do">{o.installDo}</Button>}
        </Notice>
      )}
    </>
  )
}

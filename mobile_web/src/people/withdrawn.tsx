import { useEffect, useState } from 'preact/hooks'
import { LogIn } from '../login'
import * as sync from '../sync'
import { Button, Notice, Screen } from '../ui/parts'
import type { Session } from '../wire'
import type { PeopleWords } from '../words/mirror.people'
import { everybody } from './store'
import { saveOutbox } from './takeOut'

/** The phone is out of use: what is unsent on it can go to quarantine or into a file, and nothing else is left to do. */
export function WithdrawnScreen({ p, session }: { p: PeopleWords; session: Session | null }) {
  const [unsent, setUnsent] = useState<number | null>(null)
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState(false)
  const [senders, setSenders] = useState<string[]>([])
  const [loggingIn, setLoggingIn] = useState(false)
  const me = session?.person.id ?? null

  useEffect(() => {
    const look = () => void sync.outbox.counts('').then((counts) => setUnsent(counts.others), () => setUnsent(null))
    look()
    return sync.outbox.onChange(look)
  }, [])
  useEffect(() => {
    // People with a token of their own are sent for by the outbox; a cookie sends for its own person alone.
    const byToken = everybody().then((rows) => rows.map((row) => row.id))
    void byToken.then((ids) => setSenders([...new Set(me === null ? ids : [me, ...ids])]), () => setSenders(me === null ? [] : [me]))
  }, [me])

  async function send(): Promise<void> {
    setBusy(true)
    setFailed(false)
    for (const person of senders) {
      const result = await sync.sendUnsent(person).catch(() => null)
      if (result?.status !== 'sent') setFailed(true)
    }
    setBusy(false)
  }

  if (loggingIn && session === null) return <LogIn ended={false} />
  const some = unsent !== null && unsent > 0
  return (
    <Screen
      title={p.onPhone}
      testid="withdrawn"
      dock={
        some ? (
          <>
            {senders.length > 0 ? (
              <Button look="main" icon="outbox" busy={busy} onClick={() => void send()} testid="withdrawn-send">{busy ? p.sending : p.send}</Button>
            ) : (
              <Button look="main" onClick={() => setLoggingIn(true)} testid="withdrawn-login">{p.logInToSend}</Button>
            )}
            <Button onClick={() => void saveOutbox().catch(() => setFailed(true))} testid="withdrawn-export">{p.export}</Button>
          </>
        ) : undefined
      }
    >
      <Notice meaning="stop" title={p.withdrawn}>{p.withdrawnHow}</Notice>
      {some && <Notice meaning="watch" title={<span data-testid="withdrawn-unsent" data-count={unsent}>{p.unsent(unsent)}</span>}>{p.unsentHow}</Notice>}
      {unsent === 0 && <Notice meaning="fine" title={p.allSent} testid="withdrawn-empty" />}
      {failed && <Notice meaning="unknown" title={p.notSent} testid="withdrawn-failed" live />}
    </Screen>
  )
}

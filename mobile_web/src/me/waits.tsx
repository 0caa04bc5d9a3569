import { useStore } from '../store'
import { sending } from '../sync'
import { Notice } from '../ui/parts'
import { LOCALE, useLanguage } from '../words'
import type { OutboxWords } from '../words/mirror.outbox'

/** What stands between the queue and the server, in words; nothing while it is simply being sent. */
export function WhatItWaitsFor({ o }: { o: OutboxWords }) {
  const { waits, login } = useStore(sending)
  return (
    <>
      {waits !== null && (
        <div data-testid="waits-for" data-waits={waits}>
          <Notice meaning={waits === 'portal' ? 'watch' : 'unknown'} title={o.waitsTitle} live>{o.waits[waits]}</Notice>
        </div>
      )}
      {login.length > 0 && <Notice meaning="watch" title={o.loginTitle(login.length)} testid="waits-login">{o.login}</Notice>}
    </>
  )
}

/** When it is tried again. */
export function NextTry({ o }: { o: OutboxWords }) {
  const { busy, nextAt } = useStore(sending)
  const language = useLanguage()
  if (busy) return <>{o.nextNow}</>
  if (nextAt === null) return <>{o.nextWake}</>
  return <>{o.nextTry(new Date(nextAt).toLocaleTimeString(LOCALE[language]))}</>
}

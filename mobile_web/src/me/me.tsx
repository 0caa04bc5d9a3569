import { useState } from 'preact/hooks'
import { hinted } from '../people/lend'
import { Lazy } from '../shell'
import { logOut } from '../session'
import { Button, Screen } from '../ui/parts'
import { Icon } from '../ui/icons'
import { Trouble } from '../ui/trouble'
import { chooseLanguage, nameIn, useLanguage, useFirstWords } from '../words'
import type { Session } from '../wire'

const loadOnPhone = () => import('../people/onPhone')

export function MePage({ session }: { session: Session }) {
  const w = useFirstWords()
  const language = useLanguage()
  const [error, setError] = useState<unknown>(null)
  const { person, enterprise, park } = session
  // Whoever came in by PIN locks the phone or leaves it; there is no cookie to give back.
  const byPin = session.csrf === ''
  return (
    <Screen title={w.me.title} testid="me">
      <div class="sheet me-card">
        <div>
          <p class="me-name">{person.name}</p>
          <p class="soft">{w.me.role[person.role]}</p>
        </div>
        <dl class="facts">
          {enterprise && (
            <>
              <dt>{w.me.enterprise}</dt>
              <dd>{nameIn(language, enterprise)}</dd>
            </>
          )}
          <dt>{w.me.park}</dt>
          <dd>{nameIn(language, park)}</dd>
        </dl>
      </div>
      <a class="sheet list-item" href="/app/outbox" data-testid="to-outbox">
        <Icon name="outbox" />
        <span class="grow">{w.me.unsent}</span>
        <Icon name="forward" />
      </a>
      {(person.role === 'handler' || person.role === 'manager') && (
        <a class="sheet list-item" href="/app/pin" data-testid="to-pin">
          <Icon name="person" />
          <span class="grow">{w.me.pin}</span>
          <Icon name="forward" />
        </a>
      )}
      {(person.role === 'manager' || person.role === 'regulator') && (
        <a class="sheet list-item" href="/app/desk/phones" data-testid="to-phones">
          <Icon name="person" />
          <span class="grow">{w.me.phones}</span>
          <Icon name="forward" />
        </a>
      )}
      <Button icon="globe" onClick={() => chooseLanguage(language === 'zh' ? 'en' : 'zh')} testid="language">
        {w.common.language}
      </Button>
      {error !== null && <Trouble error={error} />}
      {hinted('people-here') && <Lazy load={loadOnPhone} props={{ session }} />}
      {!byPin && <div class="stack">
        <Button look="danger" testid="logout" onClick={() => void logOut().catch(setError)}>
          {w.me.logout}
        </Button>
        <p class="help">{w.me.logoutHow}</p>
      </div>}
    </Screen>
  )
}

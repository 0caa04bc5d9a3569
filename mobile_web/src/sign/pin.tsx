import { useState } from 'preact/hooks'
import { apiGet, call } from '../api'
import { Button, Field, Notice, Screen, Waiting } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import { useLanguage, type Language } from '../words'
import type { SignWords } from '../words/mirror.sign'
import { useSignWords } from './words'

interface PinTry {
  at: string
  outcome: keyof SignWords['outcome']
  sealed: boolean
  person: string
  enterprise_zh: string | null
  enterprise_en: string | null
  number: string | null
}

interface PinState {
  set: boolean
  locked_until: string | null
  attempts: PinTry[]
}

function moment(language: Language, at: string): string {
  return new Date(at).toLocaleString(language === 'zh' ? 'zh-CN' : 'en', { dateStyle: 'medium', timeStyle: 'short' })
}

/** One's own PIN: set it, change it, see who tried it. */
export default function PinPage() {
  const s = useSignWords()
  const [asked, again] = useAsk('pin', (signal) => apiGet<PinState>('/signatures/pin', {}, signal))
  if (!s) return <Waiting />
  return (
    <Screen title={s.pinPage} backTo="/app/me" testid="pin-page">
      {asked.status === 'asking' && <Waiting />}
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {asked.status === 'have' && <Standing s={s} state={asked.value} />}
      <PinForm s={s} onSaved={again} />
      {asked.status === 'have' && <Tries s={s} tries={asked.value.attempts} />}
    </Screen>
  )
}

function Standing({ s, state }: { s: SignWords; state: PinState }) {
  const language = useLanguage()
  const locked = state.locked_until !== null && Date.parse(state.locked_until) > Date.now() ? state.locked_until : null
  return (
    <Notice meaning={locked === null ? (state.set ? 'fine' : 'unknown') : 'watch'} title={state.set ? s.pinSet : s.pinNone} testid="pin-state">
      {locked === null ? s.pinWhy : s.pinLocked(moment(language, locked))}
    </Notice>
  )
}

function PinForm({ s, onSaved }: { s: SignWords; onSaved: () => void }) {
  const [password, setPassword] = useState('')
  const [pin, setPin] = useState('')
  const [again, setAgain] = useState('')
  const [busy, setBusy] = useState(false)
  const [saved, setSaved] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const differs = again !== '' && again !== pin

  async function save(): Promise<void> {
    if (pin !== again) return
    setBusy(true)
    setSaved(false)
    setError(null)
    try {
      await call('PUT', '/signatures/pin', { body: { password, pin } })
      setSaved(true)
      setPassword('')
      setPin('')
      setAgain('')
      onSaved()
    } catch (problem) {
      setError(problem)
    }
    setBusy(false)
  }

  const secret = { type: 'password', autocomplete: 'off' } as const
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Field id="pin-password" label={s.password}>
        <input id="pin-password" {...secret} data-testid="pin-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
      </Field>
      <Field id="pin-new" label={s.newPin}>
        <input id="pin-new" {...secret} inputMode="numeric" maxLength={12} data-testid="pin-new" value={pin} onInput={(event) => setPin(event.currentTarget.value)} />
      </Field>
      <Field id="pin-again" label={s.again} error={differs ? s.differs : null}>
        <input id="pin-again" {...secret} inputMode="numeric" maxLength={12} data-testid="pin-again" value={again} onInput={(event) => setAgain(event.currentTarget.value)} />
      </Field>
      {saved && <Notice meaning="fine" title={s.saved} testid="pin-saved" live />}
      {error !== null && <Trouble error={error} />}
      <Button look="main" type="submit" busy={busy} disabled={password === '' || pin === '' || pin !== again} testid="pin-save">{s.save}</Button>
    </form>
  )
}

function Tries({ s, tries }: { s: SignWords; tries: readonly PinTry[] }) {
  const language = useLanguage()
  return (
    <section class="stack" data-testid="pin-tries">
      <h2>{s.tries}</h2>
      {tries.length === 0 && <p class="soft">{s.noTries}</p>}
      <ul class="plain">
        {tries.map((one) => (
          <li key={one.at + one.person} class="sheet">
            <b>{s.outcome[one.outcome]}</b> · {moment(language, one.at)}
            <p class="soft small">
              {[s.on(one.person, (language === 'en' ? one.enterprise_en : null) ?? one.enterprise_zh ?? ''), one.number ?? '', one.sealed ? s.offline : '']
                .filter((part) => part !== '')
                .join(' · ')}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}

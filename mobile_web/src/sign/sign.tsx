import './sign.css'
import { useState } from 'preact/hooks'
import { Refused, Unreachable } from '../api'
import { navigate } from '../router'
import type { PageProps } from '../shell'
import { Button, Choices, Field, Notice, Screen, Waiting } from '../ui/parts'
import { sentenceIn, useLanguage } from '../words'
import type { SignWords } from '../words/mirror.sign'
import type { Session } from '../wire'
import { loginsHere, sealKey } from './kept'
import { PIN_LEAST, PinPad } from './pad'
import { canSeal, signHere, signOnline, type Outcome, type Wanted } from './send'
import { useSignWords } from './words'

const OTHER = ''

/** "The generator signs here": the other party's name on this phone, by a PIN only they know. */
export default function SignPage({ parts, query, session }: PageProps) {
  const s = useSignWords()
  if (!s) return <Waiting />
  const side = query.get('side') ?? 'generator'
  const wanted: Wanted = { manifest: parts['manifest'] ?? '', side, of: query.get('of') }
  return <Signing s={s} session={session} wanted={wanted} code={query.get('code')} />
}

function sideWords(s: SignWords, side: string): string {
  return (s.side as Record<string, string>)[side] ?? side
}

function useSigning(s: SignWords, session: Session, wanted: Wanted) {
  const [busy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  async function attempt(login: string, pin: string): Promise<Outcome | null> {
    if (!canSeal()) return signOnline(login, pin, wanted)
    const key = sealKey(session)
    if (key) return signHere(session, key, login, pin, wanted, `${sideWords(s, wanted.side)} · ${s.submit}`)
    setTrouble(s.noKey)
    return null
  }
  async function sign(login: string, pin: string): Promise<void> {
    setBusy(true)
    setTrouble(null)
    setOutcome(null)
    try {
      setOutcome(await attempt(login, pin))
    } catch (error) {
      if (error instanceof Refused) setOutcome({ status: 'denied', problem: error.problem })
      else setTrouble(error instanceof Unreachable ? s.noKey : s.cannotSave)
    }
    setBusy(false)
  }
  return { busy, outcome, trouble, sign }
}

function Signing({ s, session, wanted, code }: { s: SignWords; session: Session; wanted: Wanted; code: string | null }) {
  const known = loginsHere()
  const [login, setLogin] = useState(known[0] ?? OTHER)
  const [typed, setTyped] = useState(known.length === 0)
  const [pin, setPin] = useState('')
  const [wrong, setWrong] = useState<{ login?: string; pin?: string }>({})
  const { busy, outcome, trouble, sign } = useSigning(s, session, wanted)
  const back = code === null ? '/app/scan' : `/app/what/${code}`
  const over = outcome !== null && outcome.status !== 'denied'

  async function submit(): Promise<void> {
    const name = login.trim()
    const found = { ...(name === '' ? { login: s.fillLogin } : {}), ...(pin.length < PIN_LEAST ? { pin: s.fillPin } : {}) }
    setWrong(found)
    if (Object.keys(found).length > 0) return
    // Whatever comes of it, the next person must not find these digits here.
    setPin('')
    await sign(name, pin)
  }

  return (
    <Screen
      title={s.title(sideWords(s, wanted.side))}
      backTo={back}
      testid="sign"
      dock={
        over ? (
          <Button look="main" onClick={() => navigate(back)} testid="sign-back">{s.back}</Button>
        ) : (
          <Button look="main" busy={busy} onClick={() => void submit()} testid="sign-submit">{busy ? s.working : s.submit}</Button>
        )
      }
    >
      <Said s={s} outcome={outcome} trouble={trouble} login={login} />
      {!over && (
        <>
          <p>{s.hand}</p>
          <p class="help">{s.what}</p>
          {known.length > 0 && (
            <Choices
              legend={s.lately}
              name="signer"
              columns={2}
              value={typed ? OTHER : login}
              options={[...known.map((value) => ({ value, label: value })), { value: OTHER, label: s.other }]}
              onChoose={(value) => {
                setTyped(value === OTHER)
                setLogin(value)
              }}
            />
          )}
          {typed && (
            <Field id="signer" label={s.login} error={wrong.login}>
              <input id="signer" data-testid="signer" autocomplete="off" autocapitalize="none" spellcheck={false} maxLength={100}
                value={login} onInput={(event) => setLogin(event.currentTarget.value)} />
            </Field>
          )}
          <PinPad s={s} pin={pin} error={wrong.pin ?? null} onChange={setPin} />
        </>
      )}
    </Screen>
  )
}

function Said({ s, outcome, trouble, login }: { s: SignWords; outcome: Outcome | null; trouble: string | null; login: string }) {
  const language = useLanguage()
  if (trouble !== null) return <Notice meaning="stop" title={s.denied} testid="sign-trouble" live>{trouble}</Notice>
  switch (outcome?.status) {
    case 'signed':
      return <Notice meaning="fine" title={s.done} testid="signed" live>{s.doneHow(login)}</Notice>
    case 'kept':
      return <Notice meaning="unknown" title={s.kept} testid="sign-kept" live>{s.keptHow}</Notice>
    case 'denied':
      return <Notice meaning="stop" title={s.denied} testid="sign-denied" live>{sentenceIn(language, outcome.problem)}</Notice>
    case undefined:
      return null
  }
}

import { useEffect, useState } from 'preact/hooks'
import { LogIn } from '../login'
import { PinPad } from '../sign/pad'
import { Button, Notice, Screen, Waiting } from '../ui/parts'
import { nameIn, useLanguage } from '../words'
import type { PeopleWords } from '../words/mirror.people'
import type { SignWords } from '../words/mirror.sign'
import { unlock } from './people'
import { everybody, type OnPhone } from './store'
import { PIN_LEAST, waitOf, type Unlocked } from './vault'

type Wrong = Exclude<Unlocked, { status: 'open' }>

/** Who is there, and their PIN. Works without a network. */
export function UnlockScreen({ p, s }: { p: PeopleWords; s: SignWords }) {
  const language = useLanguage()
  const [people, setPeople] = useState<OnPhone[] | null>(null)
  const [chosen, setChosen] = useState<OnPhone | null>(null)
  const [other, setOther] = useState(false)
  useEffect(() => {
    everybody().then(
      (rows) => {
        setPeople(rows)
        setChosen(rows[0] ?? null)
      },
      // A store that cannot be read leaves the password.
      () => setPeople([]),
    )
  }, [])
  if (people === null) return <Waiting />
  if (other || people.length === 0) {
    return (
      <LogIn ended={false}>
        {people.length > 0 && <Button look="plain" icon="person" onClick={() => setOther(false)} testid="unlock-back">{p.backToPeople}</Button>}
      </LogIn>
    )
  }
  return (
    <PinOf key={chosen?.id} p={p} s={s} person={chosen} onOther={() => setOther(true)}>
      <fieldset class="field">
        <legend>{p.who}</legend>
        <div class="choices on-phone">
          {people.map((row) => (
            <label key={row.id} class="choice" data-testid="unlock-person" data-login={row.login}>
              <input type="radio" name="person" checked={row.id === chosen?.id} onChange={() => setChosen(row)} />
              <span>
                <b>{row.name}</b>
                <small class="soft">{nameIn(language, row.enterprise)}</small>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
    </PinOf>
  )
}

/** Counts down what is left to wait; zero where nothing is. */
function useWait(from: number): [number, (ms: number) => void] {
  const [until, setUntil] = useState(() => performance.now() + from)
  const [left, setLeft] = useState(from)
  useEffect(() => {
    const look = () => setLeft(Math.max(until - performance.now(), 0))
    look()
    const timer = setInterval(look, 1_000)
    return () => clearInterval(timer)
  }, [until])
  return [left, (ms) => setUntil(performance.now() + ms)]
}

function PinOf({ p, s, person, onOther, children }: {
  p: PeopleWords
  s: SignWords
  person: OnPhone | null
  onOther: () => void
  children: preact.ComponentChildren
}) {
  const [pin, setPin] = useState('')
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<Wrong | null>(person?.wrapped === null ? { status: 'password' } : null)
  const [left, setLeft] = useWait(person ? waitOf(person, Date.now()) : 0)
  const forgotten = wrong?.status === 'password'

  async function submit(): Promise<void> {
    if (person === null || busy || left > 0 || pin.length < PIN_LEAST) return
    setBusy(true)
    setWrong(null)
    const result = await unlock(person.id, pin).catch((): Unlocked => ({ status: 'password' }))
    // Right, this screen is gone by now; wrong, the digits must not stay for the next person.
    if (result.status === 'open') return
    setPin('')
    setWrong(result)
    if (result.status === 'wait') setLeft(result.ms)
    setBusy(false)
  }

  return (
    <Screen
      title={p.unlock}
      testid="unlock"
      dock={
        <>
          {forgotten ? (
            <Button look="main" onClick={onOther} testid="unlock-password">{p.other}</Button>
          ) : (
            <Button look="main" busy={busy} disabled={left > 0 || pin.length < PIN_LEAST} onClick={() => void submit()} testid="unlock-submit">
              {busy ? p.opening : person ? p.unlockAs(person.name) : p.unlock}
            </Button>
          )}
          {!forgotten && <Button look="plain" icon="person" onClick={onOther} testid="unlock-other">{p.other}</Button>}
        </>
      }
    >
      {children}
      {left > 0 && <Notice meaning="stop" title={p.wait(span(p, left))} testid="unlock-wait" live />}
      {left === 0 && wrong?.status === 'wrong' && <Notice meaning="watch" title={p.wrong(wrong.left)} testid="unlock-wrong" live />}
      {forgotten && <Notice meaning="stop" title={p.password} testid="unlock-ended" live />}
      {!forgotten && left === 0 && <PinPad s={{ ...s, pin: p.pin }} pin={pin} error={null} onChange={setPin} />}
    </Screen>
  )
}

function span(p: PeopleWords, ms: number): string {
  const seconds = Math.ceil(ms / 1_000)
  return seconds > 90 ? p.minutes(Math.ceil(seconds / 60)) : p.seconds(seconds)
}

import { useState } from 'preact/hooks'
import { apiGet, call } from '../api'
import { enter } from '../session'
import { PinPad } from '../sign/pad'
import { Button, Notice, Screen } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import type { Session } from '../wire'
import type { PeopleWords } from '../words/mirror.people'
import type { SignWords } from '../words/mirror.sign'
import { enrol } from './people'
import { faultOf } from './vault'

interface Props {
  p: PeopleWords
  s: SignWords
  session: Session
  password: string
}

/** Right after the password: a PIN for this phone, typed twice; or none. */
export function ChoosePin({ p, s, session, password }: Props) {
  const [first, setFirst] = useState<string | null>(null)
  const [pin, setPin] = useState('')
  const [wrong, setWrong] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<unknown>(null)
  const [signing, setSigning] = useState(true)
  const [asked] = useAsk('signing-pin', (signal) => apiGet<{ set: boolean }>('/signatures/pin', {}, signal))
  const maySign = asked.status === 'have' && !asked.value.set

  function again(why: string | null): void {
    setFirst(null)
    setPin('')
    setWrong(why)
  }

  function next(): void {
    const fault = faultOf(pin, session.person.login)
    if (fault !== null) { again(p[fault]); return; }
    setFirst(pin)
    setPin('')
    setWrong(null)
  }

  async function finish(chosen: string): Promise<void> {
    if (pin !== chosen) { again(p.differs); return; }
    setBusy(true)
    setTrouble(null)
    try {
      // While the cookie is still there: the server asks for the password with it.
      if (maySign && signing) await call('PUT', '/signatures/pin', { body: { password, pin } })
      await enrol(session, pin, p.deviceName(session.person.name))
    } catch (error) {
      setTrouble(error)
      setBusy(false)
    }
  }

  return (
    <Screen
      title={p.choose}
      testid="choose-pin"
      dock={
        <>
          {first === null ? (
            <Button look="main" onClick={next} testid="choose-next">{p.next}</Button>
          ) : (
            <Button look="main" busy={busy} onClick={() => void finish(first)} testid="choose-finish">{busy ? p.working : p.finish}</Button>
          )}
          <Button look="plain" disabled={busy} onClick={() => enter(session)} testid="people-later">{p.later}</Button>
        </>
      }
    >
      <p>{first === null ? p.chooseHow : p.again}</p>
      {trouble !== null && <Trouble error={trouble} />}
      {wrong !== null && <Notice meaning="watch" title={wrong} testid="choose-wrong" live />}
      <PinPad s={{ ...s, pin: p.pin }} pin={pin} error={null} onChange={setPin} />
      {first === null && maySign && (
        <label class="also-sign" data-testid="also-sign">
          <input type="checkbox" checked={signing} onChange={(event) => setSigning(event.currentTarget.checked)} />
          <span>
            <b>{p.alsoSign}</b>
            <small class="soft">{p.alsoSignHow}</small>
          </span>
        </label>
      )}
    </Screen>
  )
}

import './people.css'
import { useEffect, useState } from 'preact/hooks'
import type { Session } from '../wire'
import { Button, Choices, Notice } from '../ui/parts'
import { Icon } from '../ui/icons'
import { Trouble } from '../ui/trouble'
import { useLanguage } from '../words'
import { autoLockAfter, lockAfter, MINUTES } from './autolock'
import { lock, removeMe } from './people'
import { everybody, readDevice, type OnPhone, type OwnDevice } from './store'
import { dayOf, usePeopleWords } from './words'

/** On the Me page of an enrolled phone: who is on it, switch, lock, leave, and when it locks itself. */
export default function OnThisPhone({ session }: { session: Session }) {
  const p = usePeopleWords()
  const language = useLanguage()
  const [have, setHave] = useState<{ people: OnPhone[]; device: OwnDevice | null } | null>(null)
  const [after, setAfter] = useState(autoLockAfter)
  const [unsent, setUnsent] = useState<number | null>(null)
  const [error, setError] = useState<unknown>(null)
  const me = session.person.id
  useEffect(() => {
    Promise.all([everybody(), readDevice()]).then(([people, device]) => setHave({ people, device }), setError)
  }, [])
  if (!p || !have?.people.some((row) => row.id === me)) return error === null ? null : <Trouble error={error} />

  async function remove(): Promise<void> {
    try {
      const result = await removeMe(me)
      if (result.status === 'unsent') setUnsent(result.count)
    } catch (problem) {
      setError(problem)
    }
  }

  const { device, people } = have
  return (
    <section class="stack" data-testid="on-phone">
      <h2>{p.onPhone}</h2>
      {device?.registeredAt && <p class="soft" data-testid="device-name">{p.registered(device.name ?? '', dayOf(language, device.registeredAt))}</p>}
      <Button look="main" icon="person" onClick={lock} testid="lock-now">{people.length > 1 ? p.change : p.lockNow}</Button>
      <h3>{p.here}</h3>
      <ul class="plain sheet">
        {people.map((row) => (
          <li key={row.id} class="list-item" data-testid="person-here" data-login={row.login}>
            <Icon name="person" />
            <span class="grow">{row.name}{row.id === me && <span class="soft"> · {p.you}</span>}</span>
          </li>
        ))}
      </ul>
      <Choices
        legend={p.autoLock}
        name="auto-lock"
        columns={3}
        value={String(after)}
        options={MINUTES.map((minutes) => ({ value: String(minutes), label: p.minutes(minutes) }))}
        onChoose={(value) => {
          const minutes = MINUTES.find((one) => String(one) === value) ?? after
          lockAfter(minutes)
          setAfter(minutes)
        }}
      />
      {unsent !== null && <Notice meaning="watch" title={p.removeUnsent(unsent)} testid="remove-unsent" live />}
      {error !== null && <Trouble error={error} />}
      <Button look="danger" onClick={() => void remove()} testid="remove-me">{p.remove}</Button>
      <p class="help">{p.removeHow}</p>
    </section>
  )
}

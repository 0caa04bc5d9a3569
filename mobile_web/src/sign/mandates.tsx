import './sign.css'
import { useState } from 'preact/hooks'
import { apiGet, apiPost } from '../api'
import { useDesk } from '../desk/desk'
import { Head, Who } from '../desk/parts'
import { uuid7 } from '../ids'
import { PartyFinder } from '../ui/find'
import { Button, Field, Notice, Waiting } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import type { SignWords } from '../words/mirror.sign'
import type { Page, Party } from '../wire'
import { useSignWords } from './words'

interface Mandate {
  id: string
  generator: Party
  carrier: Party
  receiver: Party | null
  pattern: string
  valid_to: string
  state: 'in_force' | 'ended' | 'revoked'
}

/** Who may sign in whose name, for what, until when. A generator's manager gives and revokes. */
export default function MandatesPage() {
  const s = useSignWords()
  const { session } = useDesk()
  const [asked, again] = useAsk('mandates', (signal) => apiGet<Page<Mandate>>('/mandates', {}, signal))
  if (!s) return <Waiting />
  const gives = session.person.role === 'manager' && session.enterprise?.roles?.includes('generator') === true
  return (
    <div class="stack" data-testid="mandates-page">
      <Head title={s.mandates} />
      <p class="help">{s.mandatesHow}</p>
      {asked.status === 'asking' && <Waiting />}
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {asked.status === 'have' && <Given s={s} mandates={asked.value.items} onChange={again} />}
      {gives && <Give s={s} onGiven={again} />}
    </div>
  )
}

function Given({ s, mandates, onChange }: { s: SignWords; mandates: readonly Mandate[]; onChange: () => void }) {
  const { session } = useDesk()
  const [busy, setBusy] = useState('')
  const [error, setError] = useState<unknown>(null)
  const mine = (mandate: Mandate) => session.person.role === 'manager' && mandate.generator.id === session.enterprise?.id

  async function revoke(id: string): Promise<void> {
    setBusy(id)
    setError(null)
    try {
      await apiPost(`/mandates/${id}/revoke`, {})
      onChange()
    } catch (problem) {
      setError(problem)
    }
    setBusy('')
  }

  if (mandates.length === 0) return <Notice meaning="unknown" title={s.none} testid="mandates-none" />
  return (
    <>
      {error !== null && <Trouble error={error} />}
      <div class="table-scroll">
        <table class="rows">
          <thead>
            <tr>
              <th>{s.from}</th>
              <th>{s.carrier}</th>
              <th>{s.pattern}</th>
              <th>{s.receiver}</th>
              <th>{s.until}</th>
              <th>{s.stateHead}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {mandates.map((mandate) => (
              <tr key={mandate.id} data-testid="mandate-row" data-state={mandate.state}>
                <td><Who party={mandate.generator} /></td>
                <td><Who party={mandate.carrier} /></td>
                <td class="code">{mandate.pattern}</td>
                <td>{mandate.receiver ? <Who party={mandate.receiver} /> : <span class="soft">{s.anyReceiver}</span>}</td>
                <td>{mandate.valid_to}</td>
                <td>{s.state[mandate.state]}</td>
                <td>
                  {mandate.state === 'in_force' && mine(mandate) && (
                    <Button look="danger" busy={busy === mandate.id} onClick={() => void revoke(mandate.id)} testid="mandate-revoke">{s.revoke}</Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function Give({ s, onGiven }: { s: SignWords; onGiven: () => void }) {
  const [carrier, setCarrier] = useState<Party | null>(null)
  const [receiver, setReceiver] = useState<Party | null>(null)
  const [pattern, setPattern] = useState('')
  const [until, setUntil] = useState('')
  const [id, setId] = useState(() => uuid7())
  const [busy, setBusy] = useState(false)
  const [given, setGiven] = useState(false)
  const [error, setError] = useState<unknown>(null)

  async function give(): Promise<void> {
    setBusy(true)
    setError(null)
    setGiven(false)
    try {
      await apiPost('/mandates', { id, carrier: carrier?.id, receiver: receiver?.id ?? null, pattern, valid_to: until })
      // A new id only now: pressed again because the answer was lost, it is the same mandate.
      setId(uuid7())
      setGiven(true)
      setPattern('')
      onGiven()
    } catch (problem) {
      setError(problem)
    }
    setBusy(false)
  }

  return (
    <form
      class="stack"
      data-testid="give-mandate"
      onSubmit={(event) => {
        event.preventDefault()
        void give()
      }}
    >
      <h2>{s.give}</h2>
      <PartyFinder id="mandate-carrier" label={s.carrier} role="carrier" error={null} chosen={carrier} onChoose={setCarrier} testid="mandate-carrier" />
      <Field id="mandate-pattern" label={s.pattern} help={s.patternHelp}>
        <input id="mandate-pattern" data-testid="mandate-pattern" autocomplete="off" maxLength={80} value={pattern} onInput={(event) => setPattern(event.currentTarget.value)} />
      </Field>
      <PartyFinder id="mandate-receiver" label={s.receiver} role="receiver" error={null} chosen={receiver} onChoose={setReceiver} testid="mandate-receiver" />
      <Field id="mandate-until" label={s.until}>
        <input id="mandate-until" type="date" data-testid="mandate-until" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
      </Field>
      {given && <Notice meaning="fine" title={s.given} testid="mandate-given" live />}
      {error !== null && <Trouble error={error} />}
      <Button look="main" type="submit" busy={busy} disabled={carrier === null || pattern === '' || until === ''} testid="mandate-give">
        {busy ? s.giving : s.give}
      </Button>
    </form>
  )
}

import { useState } from 'preact/hooks'
import { apiPost } from '../api'
import { useDesk } from '../desk/desk'
import { momentIn } from '../desk/format'
import { Section } from '../desk/parts'
import { uuid7 } from '../ids'
import { Button } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { partyName } from '../what/subject'
import { sentenceIn } from '../words'
import type { Manifest, MaySign } from '../wire'
import { useSignWords } from './words'

/** The names under a manifest, and what one may sign oneself; where not, why not. */
export function Names({ manifest, onSigned }: { manifest: Manifest; onSigned: () => void }) {
  const s = useSignWords()
  const { w, language, session } = useDesk()
  const [busy, setBusy] = useState('')
  const [error, setError] = useState<unknown>(null)
  const { signatures = [], may_sign: offers = [] } = manifest
  if (!s || (signatures.length === 0 && offers.length === 0)) return null

  async function sign(offer: MaySign): Promise<void> {
    setBusy(keyOf(offer))
    setError(null)
    try {
      await apiPost('/signatures', { id: uuid7(), manifest: manifest.id, side: offer.side, of: offer.of })
      onSigned()
    } catch (problem) {
      setError(problem)
    }
    setBusy('')
  }

  const own = session.person.role === 'handler' || session.person.role === 'manager'
  const things: Record<string, string> = { ...s.thing, picked_up: s.thing.pickup, received: s.thing.receipt }
  const thing = (kind: string | null) => things[kind ?? ''] ?? kind ?? ''
  return (
    <Section title={s.names} testid="signatures">
      <ul class="plain">
        {signatures.map((name) => (
          <li key={name.fact} data-testid="signature" data-side={name.side} data-method={name.method}>
            <b>{s.side[name.side]}</b> {partyName(w, language, name.party)}
            {name.person !== null && ` · ${name.person}`} · {s.method[name.method]} · <span class="soft">{momentIn(language, name.at)}</span>
          </li>
        ))}
      </ul>
      {signatures.length === 0 && <p class="soft">{s.noNames}</p>}
      {own && (
        <ul class="plain stack">
          {offers.map((offer) => (
            <li key={keyOf(offer)} class="sign-bar" data-testid="may-sign" data-may={offer.may}>
              {offer.may ? (
                <Button busy={busy === keyOf(offer)} onClick={() => void sign(offer)} testid="sign-own">
                  {s.signAsFor(s.side[offer.side], thing(offer.kind))}
                </Button>
              ) : (
                <span class="soft small">
                  {s.side[offer.side]}, {thing(offer.kind)}: {offer.why ? sentenceIn(language, offer.why) : ''}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {error !== null && <Trouble error={error} />}
    </Section>
  )
}

function keyOf(offer: MaySign): string {
  return `${offer.side} ${offer.of ?? ''}`
}

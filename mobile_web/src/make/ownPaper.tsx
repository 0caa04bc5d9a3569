import './make.css'
import { useEffect, useState } from 'preact/hooks'
import { Became } from '../act/became'
import { beginningOf } from '../pocket/made'
import { Icon } from '../ui/icons'
import type { Manifest, Session, Uuid } from '../wire'
import { Dots } from './dots'
import { heldNumbers, type HeldNumber } from './held'
import { useRollsWords } from './words'

interface Own {
  /** The record of this phone that began what the code stands for. */
  fact: Uuid | null
  number: HeldNumber | null
}

async function look(session: Session, code: string, manifest: Manifest | null): Promise<Own> {
  const begun = await beginningOf(code, manifest?.id ?? null)
  const numbers = manifest === null ? [] : await heldNumbers(session)
  // A drum's own page says the same as its record, unless that was not taken in.
  const told = begun !== null && (begun.kind === 'manifest_issued' || begun.odd) ? begun.id : null
  return { fact: told, number: numbers.find((each) => each.number === manifest?.number) ?? null }
}

/** Of what was made on this phone: the code for the driver to scan, and what became of the record of it. */
export function OwnPaper({ session, code, manifest }: { session: Session; code: string; manifest: Manifest | null }) {
  const r = useRollsWords()
  const [own, setOwn] = useState<Own | null>(null)
  useEffect(() => {
    let current = true
    void look(session, code, manifest).then((found) => current && setOwn(found), () => undefined)
    return () => {
      current = false
    }
  }, [session, code, manifest])
  if (own === null || r === null) return null
  const shows = own.number !== null && manifest?.state === 'issued'
  return (
    <>
      {own.fact !== null && <Became id={own.fact} person={session.person.id} quiet />}
      {shows && own.number && (
        <details class="fold" open data-testid="own-code">
          <summary>
            {r.ship.code}
            <Icon name="down" />
          </summary>
          <Dots side={own.number.side} dots={own.number.dots} title={r.ship.code} text={own.number.label_text} />
        </details>
      )}
    </>
  )
}

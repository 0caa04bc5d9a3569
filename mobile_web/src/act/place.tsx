import { useEffect, useRef, useState } from 'preact/hooks'
import { useEvidenceWords } from '../evidence/words'
import { placeNow, type Placed } from '../place'
import { Icon } from '../ui/icons'
import { Button } from '../ui/parts'
import type { FactPlace, NoPlace } from '../wire'
import type { EvidenceWords } from '../words/mirror.evidence'

type Reason = Exclude<NoPlace, 'not_asked'>
const REASONS: readonly Reason[] = ['declined', 'unavailable', 'denied']

async function alreadyAllowed(): Promise<boolean> {
  const permissions = navigator.permissions as Permissions | undefined
  if (!permissions) return false
  const status = await permissions.query({ name: 'geolocation' }).catch(() => null)
  return status?.state === 'granted'
}

function wordsOf(e: EvidenceWords, asking: boolean, placed: Placed): string {
  if (asking) return e.placeAsking
  if ('place' in placed) return e.placeHave(String(Math.round(placed.place.accuracy_m ?? 0)))
  return placed.no_place === 'not_asked' ? e.place : e.placeNone[placed.no_place]
}

/** The place of the act: taken now where that was allowed before, else on a tap; it can be left out, with a reason. It
 * never keeps anybody from confirming: while the phone still looks, the act goes without it. */
export function PlaceLine({ place, onPlace }: { place: FactPlace | null; onPlace: (place: FactPlace | null, none: NoPlace | null) => void }) {
  const e = useEvidenceWords()
  const [asking, setAsking] = useState(false)
  const [reason, setReason] = useState<NoPlace>('not_asked')
  const round = useRef(0)

  const placed: Placed = place ? { place } : { no_place: reason }
  const tell = (next: Placed) => {
    if ('no_place' in next) setReason(next.no_place)
    onPlace('place' in next ? next.place : null, 'place' in next ? null : next.no_place)
  }

  async function find(): Promise<void> {
    const mine = ++round.current
    setAsking(true)
    // Confirmed before the phone knows, the act was asked and could not say.
    tell({ no_place: 'unavailable' })
    const found = await placeNow()
    // Whoever has said meanwhile that they would rather not must not be overruled by a late answer.
    if (mine !== round.current) return
    tell(found)
    setAsking(false)
  }
  function leaveOut(why: Reason): void {
    round.current += 1
    setAsking(false)
    tell({ no_place: why })
  }
  useEffect(() => {
    let here = true
    void alreadyAllowed().then((allowed) => {
      if (allowed && here) void find()
    })
    return () => {
      here = false
      round.current += 1
    }
    // Only when the screen opens: afterwards the person decides.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])

  if (e === null) return <div class="place-line" />
  const have = place !== null
  const none = !have && !asking && reason !== 'not_asked' ? reason : null
  return (
    <div class="place-line" data-testid="place" data-have={have} data-reason={have ? '' : reason}>
      <span role="status">
        <Icon name="arrive" size={20} />
        {wordsOf(e, asking, placed)}
      </span>
      {have || asking ? (
        <Button look="plain" onClick={() => leaveOut('declined')} testid="place-drop">{e.placeDrop}</Button>
      ) : (
        <Button look="plain" onClick={() => void find()} testid="place-ask">{e.placeAsk}</Button>
      )}
      {!have && !asking && none === null && (
        <Button look="plain" onClick={() => leaveOut('declined')} testid="place-without">{e.placeWithout}</Button>
      )}
      {none !== null && <Why e={e} chosen={none} onChoose={leaveOut} />}
    </div>
  )
}

function Why({ e, chosen, onChoose }: { e: EvidenceWords; chosen: Reason; onChoose: (reason: Reason) => void }) {
  return (
    <fieldset class="field">
      <legend class="help">{e.placeWhy}</legend>
      <div class="choices c3">
        {REASONS.map((reason) => (
          <label key={reason} class="choice" data-testid={`no-place-${reason}`}>
            <input type="radio" name="no-place" checked={chosen === reason} onChange={() => onChoose(reason)} />
            <span>{e.placeReason[reason]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

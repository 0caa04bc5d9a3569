import { useEffect, useState } from 'preact/hooks'
import { placeNow } from '../place'
import { Icon } from '../ui/icons'
import { Button } from '../ui/parts'
import { useWords } from '../words'
import type { FactPlace } from '../wire'

type State = 'idle' | 'asking' | 'denied'

async function alreadyAllowed(): Promise<boolean> {
  const permissions = navigator.permissions as Permissions | undefined
  if (!permissions) return false
  const status = await permissions.query({ name: 'geolocation' }).catch(() => null)
  return status?.state === 'granted'
}

/** The place of the act: taken now where that was allowed before, else on a tap; leaving it out is always possible. */
export function PlaceLine({ place, onPlace }: { place: FactPlace | null; onPlace: (place: FactPlace | null) => void }) {
  const w = useWords()
  const [state, setState] = useState<State>('idle')

  async function find(): Promise<void> {
    setState('asking')
    const found = await placeNow()
    onPlace(found)
    setState(found ? 'idle' : 'denied')
  }
  useEffect(() => {
    void alreadyAllowed().then((allowed) => {
      if (allowed) void find()
    })
    // Only when the screen opens: afterwards the person decides.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])

  const without = { idle: w.doing.place, asking: w.doing.placeAsking, denied: w.doing.placeDenied }
  const words = place ? w.doing.placeHave(String(Math.round(place.accuracy_m ?? 0))) : without[state]
  return (
    <div class="place-line" data-testid="place" data-have={place !== null}>
      <span role="status">
        <Icon name="arrive" size={20} />
        {words}
      </span>
      {place ? (
        <Button look="plain" onClick={() => onPlace(null)} testid="place-drop">
          {w.doing.placeDrop}
        </Button>
      ) : (
        state !== 'asking' && (
          <Button look="plain" onClick={() => void find()} testid="place-ask">
            {state === 'denied' ? w.common.retry : w.doing.placeAsk}
          </Button>
        )
      )}
    </div>
  )
}

import { useState } from 'preact/hooks'
import { useOutboxWords } from '../me/words'
import { Icon } from '../ui/icons'
import { useStore } from '../store'
import { sending } from '../sync'
import { hoursUnsent } from './advice'
import { updateReady } from './ready'
import './strip.css'
import { applyUpdate } from './worker'

/** A line above every page that is calm enough to be read: a new version, or records unsent for a day. */
export default function Strip({ oldest }: { oldest: number | null }) {
  const o = useOutboxWords()
  const ready = useStore(updateReady)
  const { busy } = useStore(sending)
  const [pressed, setPressed] = useState(false)
  const hours = hoursUnsent(oldest)
  if (!o || (!ready && hours === null)) return null
  return (
    <div class="strip" role="status">
      {hours !== null && (
        <a href="/app/outbox" data-testid="strip-old"><Icon name="stop" size={20} /> {o.old(hours)}</a>
      )}
      {ready && (
        <span data-testid="update-ready">
          {pressed && busy ? o.updateBusy : o.update}
          <button type="button" data-testid="update-now" onClick={() => {
            setPressed(true)
            applyUpdate()
          }}>{o.updateDo}</button>
        </span>
      )}
    </div>
  )
}

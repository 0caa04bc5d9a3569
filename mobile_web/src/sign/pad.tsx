import './sign.css'
import { Icon } from '../ui/icons'
import type { SignWords } from '../words/mirror.sign'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '', '0'] as const
export const PIN_LEAST = 6
export const PIN_MOST = 12

/** A PIN being typed: as many dots as digits, never the digits, and keys for fingers in gloves. */
export function PinPad({ s, pin, error, onChange }: { s: SignWords; pin: string; error: string | null; onChange: (pin: string) => void }) {
  const press = (key: string) => onChange((pin + key).slice(0, PIN_MOST))
  return (
    <div class="pin">
      <span class="label" id="pin-label">{s.pin}</span>
      <p class="pin-dots" aria-live="polite" aria-labelledby="pin-label" data-testid="pin-dots" data-digits={pin.length}>
        <span class="sr">{s.typed(pin.length)}</span>
        {Array.from({ length: Math.max(PIN_LEAST, pin.length) }, (_, at) => (
          <i key={at} class={at < pin.length ? 'there' : ''} aria-hidden="true" />
        ))}
      </p>
      {error !== null && (
        <p class="error" role="alert">
          <Icon name="stop" size={18} /> {error}
        </p>
      )}
      <div class="pin-keys">
        {KEYS.map((key, at) =>
          key === '' ? (
            <span key={at} />
          ) : (
            <button key={at} type="button" onClick={() => press(key)} aria-label={s.key(key)} data-testid={`pin-${key}`}>
              {key}
            </button>
          ),
        )}
        <button type="button" onClick={() => onChange(pin.slice(0, -1))} aria-label={s.erase} data-testid="pin-erase">
          <Icon name="erase" />
        </button>
      </div>
    </div>
  )
}

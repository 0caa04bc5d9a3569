import { useState } from 'preact/hooks'
import { showGrams, showMass } from '../quantity'
import { useWords } from '../words'

const SHORT_MAX = 10

/** A mass in the unit people use; a tap shows every gram, and whether it was weighed or guessed. */
export function Mass({ grams, measured, big = false }: { grams: number; measured: boolean; big?: boolean }) {
  const w = useWords()
  const [exact, setExact] = useState(false)
  const shown = showMass(grams, measured)
  // Six decimals of a tonne would not fit a small phone at full size.
  const size = big ? (shown.length > SHORT_MAX ? 'mass big long' : 'mass big') : 'mass'
  const how = measured ? w.quantity.measured : w.quantity.estimated
  return (
    <button
      type="button"
      class={size}
      data-testid="mass"
      data-grams={grams}
      aria-expanded={exact}
      title={w.what.exact}
      onClick={() => setExact(!exact)}
    >
      {shown}
      {exact && (
        <small>
          {w.quantity.exactly(showGrams(grams))}, {how}
        </small>
      )}
    </button>
  )
}

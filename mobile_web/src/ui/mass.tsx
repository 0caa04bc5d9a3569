import { useState } from 'preact/hooks'
import { showGrams, showMass } from '../quantity'
import { useWords } from '../words'

/** A mass in the unit people use; a tap shows every gram, and whether it was weighed or guessed. */
export function Mass({ grams, measured, big = false }: { grams: number; measured: boolean; big?: boolean }) {
  const w = useWords()
  const [exact, setExact] = useState(false)
  const how = measured ? w.quantity.measured : w.quantity.estimated
  return (
    <button
      type="button"
      class={big ? 'mass big' : 'mass'}
      data-testid="mass"
      data-grams={grams}
      aria-expanded={exact}
      title={w.what.exact}
      onClick={() => setExact(!exact)}
    >
      {showMass(grams, measured)}
      {exact && (
        <small>
          {w.quantity.exactly(showGrams(grams))}, {how}
        </small>
      )}
    </button>
  )
}

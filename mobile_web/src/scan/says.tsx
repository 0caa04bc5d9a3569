import { showMass } from '../quantity'
import type { ScanWords } from '../words/mirror.scan'
import type { Label } from './code'

/** What a label says of itself, in one line: "Hazardous · 182 kg · 2026-11-21". Nobody else is asked. */
export function saysOf(s: ScanWords, label: Label): string {
  const { what, hazardous, grams, measured, day, wasteClass } = label
  const kind = what === 'batch' ? [hazardous ? s.hazardous : s.general] : [s[what]]
  const waste = wasteClass === 0 ? [] : [s.classNumber(wasteClass)]
  const mass = what === 'roll' ? [] : [grams === 0 ? s.notWeighed : showMass(grams, measured)]
  return [...kind, ...waste, ...mass, day].join(' · ')
}

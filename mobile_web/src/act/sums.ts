import type { Receipt } from '../wire'

// What became of many records, in few words. No screen in here.

/** In the order in which they want to be looked at. */
export const SUMS = ['turned_away', 'conflict', 'quarantined', 'odd', 'waiting', 'recorded', 'saved'] as const
export type Became = (typeof SUMS)[number]

/** `odd`: recorded, with findings; `saved`: no receipt yet. What is merely noted is not odd. */
export function becameOf(receipt: Receipt | null): Became {
  if (receipt === null) return 'saved'
  if (receipt.verdict === 'recorded' && receipt.findings.some((finding) => finding.severity !== 'note')) return 'odd'
  return receipt.verdict === 'already_recorded' ? 'recorded' : receipt.verdict
}

export function sumsOf(receipts: readonly (Receipt | null)[]): Record<Became, number> {
  const sums = Object.fromEntries(SUMS.map((became) => [became, 0])) as Record<Became, number>
  for (const receipt of receipts) sums[becameOf(receipt)] += 1
  return sums
}

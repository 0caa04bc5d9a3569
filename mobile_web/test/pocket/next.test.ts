import { describe, expect, it } from 'vitest'
import { nextActs, type Leg, type Named, type Stood } from '../../src/pocket/next'
import type { BatchState } from '../../src/wire'
import { vectors } from '../vectors'

interface Situation {
  me: string | null
  batches: { state: BatchState; holder: string; generator: string; grouped: boolean; manifest: number | null }[]
  manifests: { generator: string; receiver: string; returns: boolean; legs: [string, Leg['what'], boolean, boolean][] }[]
}

type Why = [string | null, string | null, string | null]

interface Next {
  whys: Why[]
  offers: [string, string | null, boolean, boolean, number][][]
  situations: [Situation, number][]
}

// In the stories a party is called by its letters and stands in the register as "P 有限公司"; who was typed in has one name.
const party = (name: string): Named =>
  /^[A-Z]\d?$/.test(name) ? { id: name, name_zh: `${name} 有限公司`, name_en: `${name} Ltd` } : { id: name, name_zh: name, name_en: null }

function stood({ batches, manifests }: Situation): Stood[] {
  const papers = manifests.map((paper) => ({
    generator: party(paper.generator),
    receiver: party(paper.receiver),
    returns: paper.returns,
    legs: paper.legs.map(([name, what, begun, lapsed]) => ({ party: party(name), what, begun, lapsed })),
  }))
  return batches.map((batch) => ({ ...batch, paper: batch.manifest === null ? null : (papers[batch.manifest] ?? null) }))
}

describe('what the phone offers without a network', () => {
  const { whys, offers, situations } = vectors('next') as Next

  it('is what the server offered in every situation of every story', () => {
    expect(situations.length).toBeGreaterThan(300)
    for (const [situation, at] of situations) {
      const expected = (offers[at] ?? []).map(([kind, outcome, may, likely, why]) => [kind, outcome, may, likely, ...(whys[why] ?? [])])
      const found = nextActs(situation.me, stood(situation)).map(({ kind, outcome, may, likely, why }) =>
        [kind, outcome, may, likely, why?.code ?? null, why?.zh ?? null, why?.en ?? null])
      expect(found, JSON.stringify(situation)).toEqual(expected)
    }
  })

  // No story comes by this way, which tracker/acts.py knows: a carrier with a later leg of its own brings it to the store.
  it('lets whoever has the load bring it to the store whose turn it is, though a later leg is theirs too', () => {
    const leg = (name: string, what: Leg['what'], begun: boolean): Leg => ({ party: party(name), what, begun, lapsed: false })
    const legs = [leg('T', 'carrier', true), leg('S', 'store', false), leg('T', 'carrier', false)]
    const paper = { generator: party('P'), receiver: party('D'), returns: false, legs }
    const offered = nextActs('T', [{ state: 'in_transit', holder: 'T', generator: 'P', grouped: false, paper }])
    expect(offered.find((act) => act.kind === 'deposited')).toMatchObject({ may: true, why: null })
  })
})

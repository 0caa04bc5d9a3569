import lifecycle from '../../generated/lifecycle.json'
import type { Act, ActKind, BatchState, Sentence, Uuid } from '../wire'

// Which acts somebody may record now, which is the likeliest, and for the others why not: what tracker/acts.py and
// tracker/views/standing.py answer, for the time when the server cannot be asked. Both are held to tests/vectors/next.json.
// What only the park knows (permits, quotas) is not asked here: the act is offered, and the park finds what is odd.

export interface Named {
  id: Uuid | null
  name_zh: string | null
  name_en: string | null
}

export interface Leg {
  party: Named
  what: 'carrier' | 'store'
  begun: boolean
  lapsed: boolean
}

export interface Paper {
  generator: Named
  receiver: Named
  /** Whether it brings home what was refused elsewhere. */
  returns: boolean
  legs: readonly Leg[]
}

/** A batch as an act sees it, on its manifest where it is on one. */
export interface Stood {
  state: BatchState
  holder: Uuid | null
  generator: Uuid | null
  /** Made by combining others, with nothing gone from it since. */
  grouped: boolean
  paper: Paper | null
}

interface Cell {
  then: string | null
  when_empty: string | null
  finding: string | null
}

interface Standing {
  state: BatchState
  relations: ReadonlySet<string>
  parties: Partial<Record<string, Named>> | null
  turn: Named | null
  grouped: boolean
}

type Both = Record<'zh' | 'en', string>

const TABLE = lifecycle.table as Record<string, Record<string, Cell>>
const PARTIES = lifecycle.parties as Record<string, string[]>
const SENTENCES = lifecycle.sentences as Record<string, Both>
const SIDES = lifecycle.words.side as Record<string, Both>
const FACTS = lifecycle.words.fact as Record<string, Both>
const STATES = lifecycle.words.state as Record<string, Both>
const ON_THE_ROAD: ReadonlySet<string> = new Set(lifecycle.on_the_road)
/** The load changes hands on the road in the order of the legs. */
const TAKING_OVER: ReadonlySet<string> = new Set(['picked_up', 'deposited'])
const WAITS_FOR_A_LEG: ReadonlySet<string> = new Set(['reserved', 'in_transit', 'deposited'])

export function cellOf(state: BatchState, act: string): Cell {
  return TABLE[state]?.[act] ?? { then: null, when_empty: null, finding: null }
}

/** What an enterprise is to a batch; nothing at all for somebody who only looks on. */
export function relationsOf(me: Uuid | null, batch: Stood): Set<string> {
  const found = new Set<string>()
  if (me === null) return found
  const onTheRoad = ON_THE_ROAD.has(batch.state)
  found.add('anyone')
  if (batch.holder === me) found.add('holder')
  if (batch.holder === me && onTheRoad) found.add('carrier')
  const { paper } = batch
  if (paper === null) {
    if (onTheRoad && batch.generator === me) found.add('generator')
    return found
  }
  // Where it brings something back, its receiver is whom the batch came from.
  if (paper.generator.id === me || (paper.returns && paper.receiver.id === me)) found.add('generator')
  if (paper.receiver.id === me) found.add('receiver')
  for (const leg of paper.legs) if (leg.party.id === me) found.add(leg.what)
  return found
}

function standingOf(me: Uuid | null, batch: Stood): Standing {
  const relations = relationsOf(me, batch)
  const { state, paper } = batch
  if (me === null) return { state, relations, parties: null, turn: null, grouped: false }
  const parties = paper !== null && relations.size > 1 ? partiesOf(paper) : null
  return { state, relations, parties, turn: turnOf(me, batch, relations), grouped: batch.grouped }
}

function partiesOf(paper: Paper): Partial<Record<string, Named>> {
  const named: Partial<Record<string, Named>> = { generator: paper.generator, receiver: paper.receiver }
  for (const leg of [...paper.legs].reverse()) if (!leg.lapsed) named[leg.what] = leg.party
  return named
}

/** Whose leg comes next, where it is not one's own and one has a leg to wait for. */
function turnOf(me: Uuid, { state, paper }: Stood, relations: ReadonlySet<string>): Named | null {
  if (!WAITS_FOR_A_LEG.has(state) || !(relations.has('carrier') || relations.has('store'))) return null
  const waiting = (paper?.legs ?? []).filter((leg) => !leg.begun && !leg.lapsed)
  const first = waiting[0]
  if (!first || first.party.id === me || !waiting.some((leg) => leg.party.id === me)) return null
  return first.party
}

/** Whether what somebody is to a batch lets them move it with an act. */
export function isParty(act: string, relations: ReadonlySet<string>): boolean {
  return (PARTIES[act] ?? []).some((part) => relations.has(part))
}

interface Answer {
  may: boolean
  why: Sentence | null
}

function answerOf(act: string, standing: Standing): Answer {
  const cell = cellOf(standing.state, act)
  const { relations } = standing
  if (!isParty(act, relations)) return { may: false, why: notYours(act, standing) }
  if (act === 'dissolved' && !standing.grouped) return { may: false, why: said('dissolve_not_whole') }
  if (cell.finding !== null) return { may: cell.then !== null, why: outOfOrder(cell.finding) }
  const bringsIt = act === 'deposited' && relations.has('holder')
  if (TAKING_OVER.has(act) && standing.turn !== null && !bringsIt) {
    const { name_zh: zh, name_en: en } = standing.turn
    return { may: false, why: said('act_not_your_turn', { carrier: { zh: zh ?? '', en: en ?? zh ?? '' } }) }
  }
  return { may: true, why: null }
}

function said(code: string, params: Record<string, Both> = {}): Sentence {
  const fill = (language: 'zh' | 'en') =>
    (SENTENCES[code]?.[language] ?? code).replace(/\{(\w+)\}/g, (_, name: string) => params[name]?.[language] ?? '—')
  return { code, zh: fill('zh'), en: fill('en') }
}

/** One sentence serves for every pair of fact and state that is no arrow. */
export function outOfOrder(code: string): Sentence {
  const [fact = '', state = ''] = code.split('_while_')
  const words = { fact: FACTS[fact] ?? { zh: fact, en: fact }, state: STATES[state] ?? { zh: state, en: state } }
  return { ...said('out_of_order', words), code }
}

/** Whose act it is, by name where one may know. */
function notYours(act: string, standing: Standing): Sentence {
  const others = (PARTIES[act] ?? []).filter((side) => side in SIDES && side !== 'holder').sort()
  const sides = others.length > 0 ? others : ['holder']
  const zh = sides.map((side) => sideIn('zh', side, standing.parties?.[side])).join('、')
  const en = sides.map((side) => sideIn('en', side, standing.parties?.[side])).join(' or ')
  return said('act_not_yours', { who: { zh, en } })
}

function sideIn(language: 'zh' | 'en', side: string, party: Named | undefined): string {
  const word = SIDES[side]?.[language] ?? side
  if (!party) return word
  return language === 'zh' ? `${word}（${party.name_zh ?? ''}）` : `${word} (${party.name_en ?? party.name_zh ?? ''})`
}

function actOf(act: string, standings: readonly Standing[]): Act {
  const answers = standings.map((standing) => answerOf(act, standing))
  const allowed = answers.filter((answer) => answer.may)
  const reasons = (allowed.length > 0 ? allowed : answers).map((answer) => answer.why)
  const why = reasons.includes(null) ? null : (reasons[0] ?? null)
  const refused = act === 'refused'
  return { kind: (refused ? 'received' : act) as ActKind, outcome: refused ? 'refused' : null, may: allowed.length > 0, why, likely: false }
}

/** The acts for one batch, or for all batches of a manifest: an act may be done where one batch allows it. */
export function nextActs(me: Uuid | null, batches: readonly Stood[]): Act[] {
  const standings = batches.map((batch) => standingOf(me, batch))
  const acts = lifecycle.likely.map((act) => actOf(act, standings))
  const likely = acts.find((act) => act.may && act.why === null)
  if (likely) likely.likely = true
  const rank = (act: Act) => (act.likely ? 0 : 2) + (act.may ? 0 : 1)
  return acts.sort((a, b) => rank(a) - rank(b))
}

import { AWAITS } from '../act/corrections'
import { showMass } from '../quantity'
import { nameIn, type Language, type Words } from '../words'
import type { DeskWords } from '../words/mirror.desk'
import { partyName } from '../what/subject'
import type { Party } from '../wire'
import type { TraceFact } from './shapes'

// A fact as a sentence: who did what with how much.

export interface Speech {
  w: Words
  d: DeskWords
  language: Language
}

/** "D10 Incineration": the code is what the law knows, the name what people do. */
export function treatmentName(w: Words, code: string | null | undefined): string {
  if (code == null) return ''
  const names: Record<string, string> = w.treatmentName
  const name = names[code]
  return name === undefined ? code : `${code} ${name}`
}

function whoOf({ w, d, language }: Speech, party: Party | null): string {
  return party === null ? d.says.nobody : partyName(w, language, party)
}

function carrierOf(speech: Speech, fact: TraceFact, parties: ReadonlyMap<string, Party>): string {
  const party = parties.get(fact.details.carrier ?? '')
  return party ? nameIn(speech.language, party) : ''
}

function massIn(fact: TraceFact, direction: 'in' | 'out'): string {
  const lines = fact.lines.filter((line) => line.direction === direction)
  const used = lines.length > 0 ? lines : fact.lines
  return showMass(used.reduce((sum, line) => sum + (line.grams ?? 0), 0))
}

function partsOf(speech: Speech, fact: TraceFact, direction: 'in' | 'out'): string {
  const lines = fact.lines.filter((line) => line.direction === direction && line.grams !== null)
  return speech.d.common.list(lines.map((line) => showMass(line.grams ?? 0)))
}

function receipt(speech: Speech, fact: TraceFact, who: string): string {
  const { says } = speech.d
  if (fact.details.outcome === 'refused') return says.refused(who)
  if (fact.details.outcome === 'part') return says.receivedPart(who, massIn(fact, 'in'), massIn(fact, 'out'))
  return says.received(who, massIn(fact, 'in'))
}

/** Whether a correction had no effect when it was told: it waits for consent, or was declined since. */
export function awaitsConsent(fact: TraceFact): boolean {
  return fact.findings.some((finding) => finding.code === AWAITS)
}

function wordIn(words: Readonly<Record<string, string>>, code: string | null | undefined): string {
  return words[code ?? ''] ?? code ?? ''
}

function deposit({ d, language }: Speech, fact: TraceFact, who: string, parties: ReadonlyMap<string, Party>): string {
  const keeper = parties.get(fact.details.keeper ?? '')
  return keeper === undefined || keeper.id === fact.enterprise?.id ? d.road.says.deposited(who) : d.road.says.depositedWith(who, nameIn(language, keeper))
}

export function sayFact(speech: Speech, fact: TraceFact, parties: ReadonlyMap<string, Party> = new Map()): string {
  const { says } = speech.d
  const who = whoOf(speech, fact.enterprise)
  const { details } = fact
  switch (fact.kind) {
    case 'generated':
      return says.generated(who, massIn(fact, 'out'))
    case 'weighed':
      return says.weighed(who, massIn(fact, 'in'))
    case 'split':
      return says.split(who, partsOf(speech, fact, 'out'))
    case 'combined':
      return fact.lines.some((line) => line.direction === 'in') ? says.combined(who, partsOf(speech, fact, 'in')) : says.combinedInto(who, massIn(fact, 'out'))
    case 'manifest_issued':
    case 'manifest_voided':
      return says[fact.kind](who, fact.manifest_number ?? details.number ?? '')
    case 'picked_up':
      return says.picked_up(who, details.plate ?? '')
    case 'handed_over':
      return says.handed_over(who, carrierOf(speech, fact, parties))
    case 'received':
      return receipt(speech, fact, who)
    case 'treated':
      return says.treated(who, massIn(fact, 'in'), treatmentName(speech.w, details.treatment))
    case 'corrected':
      return awaitsConsent(fact) ? speech.d.road.says.proposed(who) : says.corrected(who, showMass(details.grams ?? 0))
    case 'not_collected':
      return speech.d.road.says.not_collected(who, wordIn(speech.w.road.uncollected, details.cause))
    case 'stopped':
      return speech.d.road.says.stopped(who, wordIn(speech.w.road.stops, details.reason))
    case 'deposited':
      return deposit(speech, fact, who, parties)
    case 'dissolved':
    case 'rerouted':
    case 'consented':
    case 'declined':
    case 'signed':
      return speech.d.road.says[fact.kind](who)
    case 'stored':
    case 'taken_out':
    case 'arrived':
    case 'returned':
      return says[fact.kind](who)
  }
}

/** Everybody who is named in full somewhere in these facts, by id: details name carriers by their id only. */
export function partiesIn(facts: readonly TraceFact[]): Map<string, Party> {
  const parties = new Map<string, Party>()
  for (const { enterprise } of facts) if (enterprise?.id != null) parties.set(enterprise.id, enterprise)
  return parties
}

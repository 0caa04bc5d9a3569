import { showMass } from '../quantity'
import { partyName } from '../what/subject'
import type { Draft } from '../sync'
import { instantHere } from '../ids'
import type { Proposal, Uuid } from '../wire'
import { treatmentName, type Speech } from './facts'

// What a proposal asks, in words, and the facts that answer it.

export interface Said {
  title: string
  /** Null where the present is for the manifest to say. */
  before: string | null
  after: string
}

function way(speech: Speech, proposal: Proposal): string {
  const { w, d, language } = speech
  const { change } = proposal
  if (change === null) return ''
  const legs = change.carriers.map((leg) => {
    const who = partyName(w, language, leg.party)
    if (leg.what === 'store') return d.road.keptBy(who)
    return d.road.by(leg.plate == null || leg.plate === '' ? who : `${who} ${leg.plate}`)
  })
  const receiver = change.receiver ? [d.road.to(partyName(w, language, change.receiver))] : []
  const how = change.treatment == null ? [] : [d.road.treated(treatmentName(w, change.treatment))]
  return [...legs, ...receiver, ...how].join(' → ')
}

export function sayProposal(speech: Speech, proposal: Proposal): Said {
  const { w, d, language } = speech
  const who = proposal.proposer === null ? d.road.somebody : partyName(w, language, proposal.proposer)
  if (proposal.kind === 'route') return { title: d.road.route(who, proposal.manifest?.number ?? '—'), before: null, after: way(speech, proposal) }
  const what = proposal.corrects === null ? w.common.unknown : w.act[proposal.corrects.kind]
  const grams = proposal.corrects?.grams ?? null
  return { title: d.road.correction(who, what), before: grams === null ? null : showMass(grams), after: showMass(proposal.grams ?? 0) }
}

/** A yes, or a no with its reason; by whoever proposed it a no is a withdrawal. */
export function answerDraft(to: Uuid, answer: 'consented' | 'declined', reason = ''): Draft {
  const said = reason.trim() === '' ? {} : { reason: reason.trim() }
  return { kind: answer, observed_at: instantHere(), manifest: null, lines: [], details: { to, ...said } }
}

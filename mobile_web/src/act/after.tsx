import { apiGet } from '../api'
import { AWAITS } from './corrections'
import { showMass } from '../quantity'
import { Icon } from '../ui/icons'
import { useAsk } from '../ui/useAsk'
import { LOCALE, useLanguage, useWords } from '../words'
import { partyName } from '../what/subject'
import type { Fact, Proposal, Receipt } from '../wire'

// What a record leads to: a refusal to the way home, a correction to those who have to consent.

/** The manifest whose refused batches can be sent home now, if this record refused any and stands. */
export function refusedOn(fact: Fact, receipt: Receipt): string | null {
  const stands = receipt.verdict === 'recorded' || receipt.verdict === 'already_recorded'
  const refused = fact.kind === 'received' && (fact.details['outcome'] === 'refused' || fact.details['outcome'] === 'part')
  return stands && refused ? fact.manifest : null
}

/** Who has to say yes to a correction, and by when. */
export function WhoConsents({ fact, receipt }: { fact: Fact; receipt: Receipt }) {
  const w = useWords()
  const language = useLanguage()
  const awaits = receipt.findings.some((finding) => finding.code === AWAITS)
  const [asked] = useAsk(`${fact.id} ${awaits}`, (signal) => (awaits ? apiGet<Proposal>(`/proposals/${fact.id}`, {}, signal) : Promise.resolve(null)))
  if (!awaits) return receipt.findings.length === 0 && receipt.verdict === 'recorded' ? <p class="soft">{w.road.noneAsked}</p> : null
  if (asked.status === 'failed') return <p class="soft">{w.road.askedLater}</p>
  const proposal = asked.status === 'have' ? asked.value : null
  if (!proposal) return null
  const due = new Date(proposal.due_at).toLocaleDateString(LOCALE[language])
  return (
    <section class="stack" data-testid="who-consents">
      {proposal.corrects?.grams != null && proposal.grams !== null && (
        <p class="change-line">{w.road.changes(showMass(proposal.corrects.grams), showMass(proposal.grams))}</p>
      )}
      <h2>{w.road.asked}</h2>
      <ul class="plain sheet">
        {proposal.answers.map(({ party, answer }) => (
          <li key={party.id ?? party.name_zh ?? ''} class="list-item" data-testid="asked-party">
            <Icon name={answer === 'consented' ? 'fine' : answer === 'declined' ? 'stop' : 'unknown'} size={20} />
            <span class="grow">{partyName(w, language, party)}</span>
            <span class="soft">{w.road.answerWords[answer ?? 'none']}</span>
          </li>
        ))}
      </ul>
      <p class="help">{w.road.askedUntil(due)}</p>
    </section>
  )
}

import './proposals.css'
import { useState } from 'preact/hooks'
import { apiGet } from '../../api'
import { Icon } from '../../ui/icons'
import { Button, Field, Notice } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { sentenceIn } from '../../words'
import type { Proposal, Receipt } from '../../wire'
import { useDesk } from '../desk'
import { dayIn, momentIn } from '../format'
import { countOpen } from '../openCount'
import { Who } from '../parts'
import { answerDraft, sayProposal } from '../proposals'
import { tell } from '../tell'

/** One proposal: who wants what, what it is now and what it would be, who has answered, and one's own answer. */
export function ProposalCard({ proposal, onChanged }: { proposal: Proposal; onChanged: (proposal: Proposal) => void }) {
  const tools = useDesk()
  const { d, language } = tools
  const said = sayProposal(tools, proposal)
  const open = proposal.state === 'open'
  return (
    <li class={open ? 'proposal' : 'proposal over'} data-testid="proposal" data-id={proposal.id} data-state={proposal.state} data-kind={proposal.kind}>
      <header>
        <h3 data-row tabIndex={-1}>{said.title}</h3>
        <span class={`state ${open ? 'moving' : proposal.state === 'agreed' ? 'over' : 'wrong'}`} data-testid="proposal-state">{d.road.state[proposal.state]}</span>
      </header>
      <p class="proposal-change" data-testid="proposal-change">
        {said.before !== null && <><span class="soft small">{d.road.before}</span> <s>{said.before}</s> <span aria-hidden="true">→</span> </>}
        <span class="soft small">{d.road.after}</span> <b>{said.after}</b>
      </p>
      {proposal.reason !== null && <p>{d.road.reason(proposal.reason)}</p>}
      <p class="soft small proposal-about">
        {momentIn(language, proposal.made_at)}
        {proposal.batch && <> · <a class="code" href={`/app/desk/batch/${encodeURIComponent(proposal.batch.human_code ?? proposal.batch.id)}`}>{d.road.toBatch(proposal.batch.human_code ?? '…')}</a></>}
        {proposal.manifest && <> · <a class="code" href={`/app/desk/manifest/${encodeURIComponent(proposal.manifest.number ?? proposal.manifest.id)}`}>{d.road.toManifest(proposal.manifest.number ?? '…')}</a></>}
        {open && <> · {d.road.due(dayIn(language, proposal.due_at))}</>}
      </p>
      <ul class="plain proposal-answers">
        {proposal.answers.map(({ party, answer }) => (
          <li key={party.id ?? party.name_zh ?? ''} data-testid="proposal-answer" data-answer={answer ?? 'none'}>
            <Icon name={answer === 'consented' ? 'fine' : answer === 'declined' ? 'stop' : 'unknown'} size={18} />
            <span><Who party={party} /> {d.road.answers[answer ?? 'none']}</span>
          </li>
        ))}
      </ul>
      {proposal.may.length > 0 && <Answering proposal={proposal} title={said.title} onChanged={onChanged} />}
    </li>
  )
}

function Answering({ proposal, title, onChanged }: { proposal: Proposal; title: string; onChanged: (proposal: Proposal) => void }) {
  const { d, language, session, park } = useDesk()
  const [declining, setDeclining] = useState(false)
  const [reason, setReason] = useState('')
  const [empty, setEmpty] = useState(false)
  const [busy, setBusy] = useState(false)
  const [receipt, setReceipt] = useState<Receipt | 'unsent' | null>(null)
  const [error, setError] = useState<unknown>(null)

  async function answer(which: 'consented' | 'declined', why = ''): Promise<void> {
    setBusy(true)
    setError(null)
    try {
      const got = await tell(session.person.id, title, answerDraft(proposal.id, which, why))
      setReceipt(got ?? 'unsent')
      if (got) {
        onChanged(await apiGet<Proposal>(`/proposals/${proposal.id}`))
        void countOpen(park)
      }
    } catch (problem) {
      setError(problem)
    }
    setBusy(false)
  }
  async function decline(event: Event): Promise<void> {
    event.preventDefault()
    setEmpty(reason.trim() === '')
    if (reason.trim() !== '') await answer('declined', reason)
  }

  const id = `decline-${proposal.id}`
  if (receipt === 'unsent') return <Notice meaning="unknown" title={d.road.unsent} testid="answer-unsent" />
  return (
    <div class="proposal-acts">
      {receipt?.problem && <Notice meaning="stop" title={sentenceIn(language, receipt.problem)} live />}
      {error !== null && <Trouble error={error} />}
      {proposal.may.includes('withdraw') && <Button busy={busy} icon="undo" onClick={() => void answer('declined')} testid="withdraw">{d.road.withdraw}</Button>}
      {!declining && proposal.may.includes('consent') && <Button look="main" busy={busy} icon="fine" onClick={() => void answer('consented')} testid="consent">{busy ? d.road.sending : d.road.consent}</Button>}
      {!declining && proposal.may.includes('decline') && <Button busy={busy} icon="close" onClick={() => setDeclining(true)} testid="decline">{d.road.decline}</Button>}
      {declining && (
        <form class="answer" onSubmit={decline} data-testid="decline-form">
          <Field id={id} label={d.road.declineReason} help={d.road.declineHelp} error={empty ? d.road.declineEmpty : null}>
            <textarea id={id} rows={2} maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} data-testid="decline-reason" />
          </Field>
          <Button type="submit" look="danger" busy={busy} testid="decline-send">{busy ? d.road.sending : d.road.declineSend}</Button>
        </form>
      )}
    </div>
  )
}

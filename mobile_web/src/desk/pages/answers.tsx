import type { Proposal } from '../../wire'
import { useDesk } from '../desk'
import type { DeskPageProps } from '../index'
import { Sentence } from '../lists/filters'
import { List } from '../lists/list'
import { valuesFrom, type SentencePart } from '../lists/sentence'
import { usePages } from '../lists/usePages'
import { Head } from '../parts'
import { ProposalCard } from './proposal'

const PATH = '/app/desk/answers'

/** What waits for a yes: asked of us, or made by us. The park sees all of it and answers none. */
export default function AnswersPage({ query }: DeskPageProps) {
  const { d, park } = useDesk()
  const parts: SentencePart[] = [
    d.road.sentence.show,
    { name: 'state', kind: 'choice', options: (['open', ''] as const).map((value) => ({ value: value === '' ? 'all' : value, label: d.road.states[value] })), start: 'open' },
    d.road.sentence.that,
    ...(park ? [] : [{ name: 'mine', kind: 'choice' as const, options: (['asked', 'made'] as const).map((value) => ({ value, label: d.road.mine[value] })), start: 'asked' }]),
  ]
  const values = valuesFrom(parts, query)
  const made = values['mine'] === 'made'
  const state = values['state'] === 'all' ? null : 'open'
  const pages = usePages<Proposal>('/proposals', { state, mine: park ? null : made ? 'made' : 'asked', limit: 50 })
  const none = park || state === null ? d.road.noneAll : made ? d.road.noneMade : d.road.noneAsked
  return (
    <div class="answers" data-testid="answers-page">
      <Head title={park ? d.road.titlePark : d.road.title}><p class="soft">{d.road.lead}</p></Head>
      <Sentence path={PATH} parts={parts} values={values} />
      <List pages={pages} none={none}>
        {(items) => (
          <ul class="plain proposals" data-testid="proposals">
            {items.map((proposal) => (
              <ProposalCard key={proposal.id} proposal={proposal} onChanged={(changed) => pages.replace((each) => each.id === changed.id, changed)} />
            ))}
          </ul>
        )}
      </List>
    </div>
  )
}

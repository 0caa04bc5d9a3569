import { useState } from 'preact/hooks'
import { BULK_MAX, BulkBar } from '../../sign/bulk'
import { useSignWords } from '../../sign/words'
import { partyName } from '../../what/subject'
import { useOutboxWords } from '../../me/words'
import type { SignWords } from '../../words/mirror.sign'
import { useDesk } from '../desk'
import { dayIn } from '../format'
import type { DeskPageProps } from '../index'
import { Sentence } from '../lists/filters'
import { List } from '../lists/list'
import { valuesFrom, type SentencePart } from '../lists/sentence'
import { usePages } from '../lists/usePages'
import { Grams, Head, State } from '../parts'
import type { ManifestRow } from '../shapes'

const STATES = ['', 'draft', 'issued', 'under_way', 'delivered', 'closed', 'refused', 'part_refused', 'voided', 'expired'] as const

interface Choosing {
  s: SignWords
  chosen: ReadonlySet<string>
  toggle: (id: string) => void
}

function Row({ manifest, choosing }: { manifest: ManifestRow; choosing: Choosing | null }) {
  const { w, d, language } = useDesk()
  const number = manifest.number ?? d.manifest.draft
  return (
    <tr>
      {choosing && (
        <td>
          <input type="checkbox" aria-label={choosing.s.choose(number)} checked={choosing.chosen.has(manifest.id)} data-testid="choose-manifest"
            disabled={manifest.state === 'draft' || (choosing.chosen.size >= BULK_MAX && !choosing.chosen.has(manifest.id))} onChange={() => choosing.toggle(manifest.id)} />
        </td>
      )}
      <td>
        <a href={`/app/desk/manifest/${encodeURIComponent(manifest.number ?? manifest.id)}`} class="code" data-row data-testid="manifest-row">
          {number}
        </a>
      </td>
      <td class="wide">{partyName(w, language, manifest.generator)} → {partyName(w, language, manifest.receiver)}</td>
      <td class="right soft">{w.doing.lineCount(manifest.batch_count)}</td>
      <td class="right"><Grams grams={manifest.grams} /></td>
      <td><State state={manifest.state} of="manifest" /></td>
      <td class="soft">{dayIn(language, manifest.issued_at)}</td>
    </tr>
  )
}

export function ManifestsPage({ query }: DeskPageProps) {
  const { w, d, park, session } = useDesk()
  const o = useOutboxWords()
  const s = useSignWords()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const toggle = (id: string) => setChosen((have) => (have.has(id) ? new Set([...have].filter((each) => each !== id)) : new Set([...have, id])))
  // The park looks on; only those who ship, carry and receive put their names to it.
  const choosing = s && !park ? { s, chosen, toggle } : null
  const label = (state: (typeof STATES)[number]) => (state === '' ? d.manifest.states[''] : w.manifestState[state])
  const parts: SentencePart[] = [
    d.manifest.sentence.show,
    { name: 'state', kind: 'choice', options: STATES.map((value) => ({ value, label: label(value) })) },
    d.manifest.sentence.named,
    { name: 'q', kind: 'text', placeholder: d.manifest.party, label: d.manifest.party },
  ]
  const values = valuesFrom(parts, query)
  const pages = usePages<ManifestRow>('/manifests', { state: values['state'], q: values['q'], party: query.get('party'), limit: 50 })
  return (
    <div data-testid="manifests-page">
      <Head title={d.manifest.list}>
        {s && <p><a href="/app/desk/mandates" data-testid="to-mandates">{s.mandates}</a></p>}
        {!park && <a class="button" href="/app/desk/written" data-testid="to-written">{d.papers.title}</a>}
        {(!park || session.person.role === 'regulator') && o && <a class="button" href="/app/desk/import" data-testid="to-import">{o.desk.link}</a>}
      </Head>
      {choosing && <BulkBar s={choosing.s} chosen={[...chosen]} onDone={() => setChosen(new Set())} />}
      <Sentence path="/app/desk/manifests" parts={parts} values={values} />
      <List pages={pages} none={d.manifest.none}>
        {(items) => (
          <table class="rows">
            <thead>
              <tr>
                {choosing && <th><span class="sr">{choosing.s.signChosen}</span></th>}
                <th>{w.ship.number}</th>
                <th>{d.manifest.way}</th>
                <th class="right">{d.manifest.lines}</th>
                <th class="right">{d.chain.grams}</th>
                <th>{d.stock.state_}</th>
                <th>{w.public.issued}</th>
              </tr>
            </thead>
            <tbody>{items.map((manifest) => <Row key={manifest.id} manifest={manifest} choosing={choosing} />)}</tbody>
          </table>
        )}
      </List>
    </div>
  )
}

import { useEffect, useState } from 'preact/hooks'
import { apiGet, Refused } from '../../api'
import { Notice, Waiting } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { nameIn } from '../../words'
import { className, thingName } from '../../what/subject'
import { AWAITS } from '../../act/corrections'
import type { Finding, Page, Proposal } from '../../wire'
import { codeOf, refOf } from '../codes'
import { useDesk } from '../desk'
import { dayIn } from '../format'
import type { DeskPageProps } from '../index'
import { ClassTag, Grams, Head, Section, State, Who } from '../parts'
import { rememberSeen } from '../recent'
import type { BatchFact, TraceFact, WholeBatch } from '../shapes'
import { told } from './batchFacts'
import { CorrectForm, correctionsOf, type Corrections } from './correctForm'
import { FindingsSection, LabelSection, NextActs } from './side'
import { Timeline } from './timeline'

interface Known {
  batch: WholeBatch
  facts: TraceFact[]
  corrections: Corrections
}

async function askBatch(id: string, signal: AbortSignal): Promise<Known> {
  const path = `/batches/${encodeURIComponent(id)}`
  const [batch, facts] = await Promise.all([apiGet<WholeBatch>(path, {}, signal), apiGet<Page<BatchFact>>(`${path}/facts`, {}, signal)])
  const corrected = facts.items.some((fact) => fact.kind === 'corrected')
  const proposals = corrected ? (await apiGet<Page<Proposal>>('/proposals', { batch: batch.id, limit: 100 }, signal)).items : []
  return { batch, facts: told(facts.items, batch.id), corrections: correctionsOf(facts.items, proposals) }
}

/** The history, and beside its title the way to correct a figure in it. The form opens on wish: a form nobody asked for
 * would stand in the way of what the page is for. */
function History({ batch, facts, corrections, again }: Known & { again: () => void }) {
  const { d, park, session } = useDesk()
  const [open, setOpen] = useState(false)
  const may = !park && session.enterprise !== null && corrections.figures.length > 0
  const button = may && !open && <button type="button" class="link" onClick={() => setOpen(true)} data-testid="correct-open">{d.road.correct}</button>
  return (
    <Section title={d.batch.history} aside={button}>
      {open && <CorrectForm batch={batch} figures={corrections.figures} onTold={again} onCancel={() => setOpen(false)} />}
      <Timeline facts={facts} none={d.batch.historyNone} corrections={corrections} />
    </Section>
  )
}

/** That a correction awaits consent is news only as long as one does. */
function stillOdd(findings: readonly Finding[], corrections: Corrections): Finding[] {
  const waits = [...corrections.of.values()].some((each) => each.state === 'open')
  return findings.filter((finding) => waits || finding.code !== AWAITS)
}

function Told({ batch, facts, corrections, again }: Known & { again: () => void }) {
  const { w, d, language, session } = useDesk()
  const labelled = (batch.human_code as string | null) !== null
  const thing = thingName(w, language, batch)
  useEffect(() => {
    rememberSeen({ kind: 'batch', path: `/app/desk/batch/${refOf(batch)}`, title: codeOf(batch), under: className(w, language, batch) })
  }, [batch, w, language])
  const place = nameIn(language, batch.place)
  return (
    <div class="sheet-page" data-testid="batch-page" data-state={batch.state}>
      <Head eyebrow={<>{d.batch.title} · <span class="code">{codeOf(batch)}</span></>} title={thing} big>
        <p class="figure-line">{batch.grams === 0 && <span class="soft">{d.batch.start}</span>}<Grams grams={batch.grams === 0 ? batch.grams_at_start : batch.grams} measured={batch.measured} testid="batch-mass" /> <State state={batch.state} of="batch" /></p>
        <div class="head-acts no-print">
          <a class="button main" href={`/app/desk/chain/${refOf(batch)}`} data-testid="to-chain">{d.common.chain}</a>
        </div>
      </Head>
      <div class="sheet-main">
        <FindingsSection findings={stillOdd(batch.findings, corrections)} title={d.batch.findings} />
        <History batch={batch} facts={facts} corrections={corrections} again={again} />
      </div>
      <aside class="sheet-side">
        <dl class="plain-facts">
          <dt>{d.batch.class}</dt>
          <dd><ClassTag wasteClass={batch.class} raw={batch.raw_class ?? null} /></dd>
          <dt>{d.batch.generator}</dt>
          <dd><Who party={batch.generator} /> <span class="soft">{dayIn(language, batch.generated_at)}</span></dd>
          <dt>{d.batch.holder}</dt>
          <dd><Who party={batch.holder} /></dd>
          {place !== '' && <><dt>{d.batch.place}</dt><dd>{place}</dd></>}
          {batch.manifest && <><dt>{d.chain.manifest}</dt><dd><a class="code" href={`/app/desk/manifest/${encodeURIComponent(batch.manifest.number)}`}>{batch.manifest.number}</a></dd></>}
        </dl>
        <NextActs acts={batch.next} />
        {(labelled || batch.holder.id === session.enterprise?.id) && <LabelSection path={`/batches/${encodeURIComponent(batch.id)}`} code={batch.human_code} />}
        {!labelled && <p class="soft small">{d.batch.noLabel}</p>}
      </aside>
    </div>
  )
}

/** Not found is said of the thing; any other trouble is said of the server. */
export function NotFoundOr({ error, again, id, eyebrow }: { error: unknown; again: () => void; id: string; eyebrow: string }) {
  const { d } = useDesk()
  if (!(error instanceof Refused) || error.problem.status !== 404) return <Trouble error={error} onRetry={again} />
  return (
    <>
      <Head eyebrow={eyebrow} title={<span class="code">{id}</span>} />
      <Notice meaning="unknown" title={d.common.notHere} testid="not-found">{d.common.notHereHow}</Notice>
    </>
  )
}

export default function BatchPage({ parts }: DeskPageProps) {
  const { d } = useDesk()
  const id = parts['id'] ?? ''
  const [asked, again] = useAsk(id, (signal) => askBatch(id, signal))
  if (asked.status === 'asking') return <Waiting />
  if (asked.status === 'failed') return <NotFoundOr error={asked.error} again={again} id={id} eyebrow={d.batch.title} />
  return <Told {...asked.value} again={again} />
}

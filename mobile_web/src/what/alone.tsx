import './tag.css'
import type { ComponentChildren } from 'preact'
import { useActsWords } from '../act/words'
import type { AskedAnswer, LabelAlone } from '../pocket/ask'
import { usePocketWords } from '../pocket/words'
import { humanCode } from '../scan/human'
import { Mass } from '../ui/mass'
import { Button, Notice, Screen, Waiting } from '../ui/parts'
import { sentenceIn, useLanguage, useWords } from '../words'
import type { ActKind, Party, Session } from '../wire'
import { className, partyName } from './subject'
import { HazardSigns, sizeOf, TagFrame, type Strip } from './tag'

/** What an enterprise would do with a container it has not met, by what it is to the park; the likeliest first. */
export function actsByRole(enterprise: Party | null, generator: number): ActKind[] {
  if (enterprise === null) return []
  if (enterprise.number === generator) return ['weighed', 'stored', 'manifest_issued']
  const roles = enterprise.roles ?? []
  const carrier: ActKind[] = roles.includes('carrier') ? ['picked_up', 'arrived'] : []
  return [...carrier, ...(roles.includes('receiver') ? (['received'] as const) : [])]
}

/** A label that nobody here knows: what it says of itself, signed as it is, and what could be done with a network. */
export function LabelAlonePage(props: { alone: LabelAlone; strip: Strip; session: Session; onRetry: () => void; dock: ComponentChildren }) {
  const w = useWords()
  const p = usePocketWords()
  const { alone, session } = props
  if (!p) return <Screen title={w.what.title} backTo="/app/scan"><Waiting /></Screen>
  const acts = alone.label.what === 'manifest' ? [] : actsByRole(session.enterprise, alone.label.generator)
  return (
    <Screen title={w.what.title} backTo="/app/scan" dock={props.dock} testid="what">
      <AloneTag {...props} />
      <Notice meaning="unknown" title={p.labelOnly} testid="label-only">
        <p>{p.labelOnlyHow}</p>
        <p>{p.labelOnlyNote}</p>
      </Notice>
      <Button onClick={props.onRetry} testid="retry">{w.common.retry}</Button>
      {acts.length > 0 && (
        <section class="not-now" data-testid="with-network">
          <h2>{p.labelOnlyActs}</h2>
          <p>{w.common.listJoin(acts.map((act) => w.act[act]))}</p>
        </section>
      )}
    </Screen>
  )
}

/** A genuine label on somebody else's consignment: whose, as far as the label says, and who can help. */
export function Others({ answer, strip, dock }: { answer: AskedAnswer; strip: Strip; dock: ComponentChildren }) {
  const w = useWords()
  const language = useLanguage()
  const a = useActsWords()
  const { alone, problem } = answer
  const who = alone?.generator ? partyName(w, language, alone.generator) : null
  if (!a) return <Screen title={w.what.title} backTo="/app/scan"><Waiting /></Screen>
  return (
    <Screen title={w.what.title} backTo="/app/scan" dock={dock} testid="what">
      {alone && <AloneTag alone={alone} strip={strip} asked />}
      <Notice meaning="watch" title={a.othersTitle} testid="others-label" live>
        <p>{who === null ? a.othersNone : a.othersHow(who)}</p>
        {problem && <p>{sentenceIn(language, problem)}</p>}
        <p>{who === null ? a.othersAskPark : a.othersAsk(who)}</p>
      </Notice>
    </Screen>
  )
}

function AloneTag({ alone, strip, asked = false }: { alone: LabelAlone; strip: Strip; asked?: boolean }) {
  const w = useWords()
  const language = useLanguage()
  const p = usePocketWords()
  if (!p) return null
  const { label } = alone
  // A class or enterprise this phone has no word for is still named by the number that stands on the label.
  const unnamed = label.what === 'roll' ? p.ofRoll : label.wasteClass === 0 ? w.what.manifestTitle('') : p.number(label.wasteClass)
  const name = alone.class ? className(w, language, { class: alone.class }) : unnamed
  const who = alone.generator ? partyName(w, language, alone.generator) : p.number(label.generator)
  return (
    <TagFrame
      hazardous={label.hazardous}
      code={humanCode(label.labelId)}
      head={alone.class?.code ?? '—'}
      strip={asked ? strip : { ...strip, how: `${strip.how} ${p.issueUnknown}` }}
      foot={<span>{p.labelled(label.day)}</span>}
    >
      <h2 class={sizeOf(name)}>{name}</h2>
      {label.grams > 0 ? <Mass grams={label.grams} measured={label.measured} big /> : <p>{p.notWeighed}</p>}
      <p class="says-who">{w.common.from(who)}</p>
      <HazardSigns properties={alone.class?.properties} />
    </TagFrame>
  )
}

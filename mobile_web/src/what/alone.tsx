import './tag.css'
import type { ComponentChildren } from 'preact'
import { useActsWords } from '../act/words'
import type { AskedAnswer, LabelAlone } from '../pocket/ask'
import { usePocketWords } from '../pocket/words'
import { humanCode } from '../scan/human'
import { Mass } from '../ui/mass'
import { Button, Notice, Screen, Waiting } from '../ui/parts'
import { sentenceIn, useLanguage, useWords } from '../words'
import { KnownHow } from './known'
import { className, partyName } from './subject'
import { HazardSigns, sizeOf, TagFrame, type Strip } from './tag'

/** A label that nobody here knows: what it says of itself, signed as it is, and what may be recorded of it all the same.
 * Where it stands only the park can say, and says when the record reaches it. */
export function LabelAlonePage(props: { answer: AskedAnswer; alone: LabelAlone; strip: Strip; acts: boolean; onRetry: () => void; dock: ComponentChildren }) {
  const w = useWords()
  const p = usePocketWords()
  const { answer, alone, acts } = props
  if (!p) return <Screen title={w.what.title} backTo="/app/scan"><Waiting /></Screen>
  const [state, other] = alone.told.states
  return (
    <Screen title={w.what.title} backTo="/app/scan" dock={props.dock} testid="what">
      <AloneTag {...props} />
      <KnownHow answer={answer} />
      <Notice meaning="unknown" title={p.labelOnly} testid="label-only">
        <p>{p.labelOnlyHow}</p>
        {state !== undefined && other === undefined && <p data-testid="state" data-state={state}>{p.labelOnlyState(w.batchState[state])}</p>}
        <p>{acts ? p.labelOnlyChecked : p.labelOnlyNote}</p>
        {acts && alone.label.what === 'manifest' && <p>{p.labelOnlyWhole}</p>}
      </Notice>
      <Button onClick={props.onRetry} testid="retry">{w.common.retry}</Button>
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
        {/* "There is no such thing for you" says nothing to somebody who holds it in his hands. */}
        {problem && problem.code !== 'not_found' && <p>{sentenceIn(language, problem)}</p>}
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
  const { label, told } = alone
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
      {told.grams > 0 ? <Mass grams={told.grams} measured={told.measured} big /> : <p>{p.notWeighed}</p>}
      <p class="says-who">{w.common.from(who)}</p>
      <HazardSigns properties={alone.class?.properties} />
    </TagFrame>
  )
}

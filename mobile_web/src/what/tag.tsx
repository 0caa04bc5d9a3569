import './tag.css'
import type { ComponentChildren } from 'preact'
import { Icon } from '../ui/icons'
import { Mass } from '../ui/mass'
import type { Meaning } from '../ui/parts'
import { usePocketWords } from '../pocket/words'
import { useLanguage, useWords } from '../words'
import type { Batch, Manifest } from '../wire'
import { className, partyName, thingName } from './subject'

// The tag is the picture this product draws of waste: the paper label that hangs on the drum, with its hole, its big
// figure, a perforation, and a strip at the foot that says whether it may be trusted.

export interface Strip {
  meaning: Meaning
  title: string
  how: string
}

export function TagFrame(props: { hazardous: boolean; code: string | null; head: string; children: ComponentChildren; foot: ComponentChildren; strip: Strip | null }) {
  const w = useWords()
  return (
    <article class={props.hazardous ? 'tag hazardous' : 'tag'} data-testid="tag">
      <header class="tag-head">
        <span class="tag-hole" aria-hidden="true" />
        <span class="tag-class code">{props.head}</span>
        <span class="tag-kind">{props.hazardous ? w.what.hazardous : w.what.general}</span>
      </header>
      <div class="tag-says">{props.children}</div>
      <div class="tag-foot">{props.foot}</div>
      {props.code !== null && <p class="tag-code code" data-testid="human-code">{props.code}</p>}
      {props.strip && (
        <div class={`tag-strip ${props.strip.meaning}`} data-testid="signature" data-meaning={props.strip.meaning}>
          <Icon name={props.strip.meaning} />
          <p>
            <strong>{props.strip.title}</strong> {props.strip.how}
          </p>
        </div>
      )}
    </article>
  )
}

/** Why it is hazardous, as signs: the letter of the property in a diamond, and its word. */
export function HazardSigns({ properties }: { properties: string[] | string | null | undefined }) {
  const p = usePocketWords()
  const hazards: Record<string, string> = p?.hazards ?? {}
  const known = Array.isArray(properties) ? properties : []
  if (known.length === 0) return null
  return (
    <ul class="plain hazard-signs" data-testid="hazards">
      {known.map((each) => (
        <li key={each} data-hazard={each}>
          <span class="hazard-sign" aria-hidden="true">
            <b>{each}</b>
          </span>
          {hazards[each] ?? each}
        </li>
      ))}
    </ul>
  )
}

export function sizeOf(text: string): string {
  // Catalogue names run from two words to three lines of law; the long ones are set smaller and cut off below.
  return text.length > 26 ? 'says-thing long' : 'says-thing'
}

export function BatchTag({ batch, strip }: { batch: Batch; strip: Strip | null }) {
  const w = useWords()
  const language = useLanguage()
  const thing = thingName(w, language, batch)
  const where = batch.place ? (language === 'zh' ? batch.place.name_zh : batch.place.name_en) : null
  return (
    <TagFrame
      hazardous={batch.class?.hazardous === true}
      code={batch.human_code}
      head={batch.class?.code ?? '—'}
      strip={strip}
      foot={
        <>
          <b data-testid="state" data-state={batch.state}>{w.batchState[batch.state]}</b>
          {where != null && batch.state !== 'in_transit' && <span>{w.what.at(where)}</span>}
          {batch.state === 'in_transit' && <span>{w.what.with(partyName(w, language, batch.holder))}</span>}
          {batch.manifest && <span>{w.what.onManifest(batch.manifest.number)}</span>}
        </>
      }
    >
      <h2 class={sizeOf(thing)}>{thing}</h2>
      <Mass grams={batch.grams} measured={batch.measured} big />
      <p class="says-who">{w.common.from(partyName(w, language, batch.generator))}</p>
      <HazardSigns properties={batch.class?.properties} />
      {batch.class?.verified === false && <p class="small soft">{w.what.unverified}</p>}
    </TagFrame>
  )
}

export function ManifestTag({ manifest, strip }: { manifest: Manifest; strip: Strip | null }) {
  const w = useWords()
  const language = useLanguage()
  const treatments: Record<string, string> = w.treatmentName
  const first = manifest.lines[0]
  const total = manifest.lines.reduce((sum, line) => sum + line.batch.grams, 0)
  const measured = manifest.lines.every((line) => line.batch.measured)
  const title = manifest.lines.length === 1 && first ? thingName(w, language, first.batch) : w.what.manifestOf(manifest.lines.length)
  return (
    <TagFrame
      hazardous={manifest.hazardous}
      code={manifest.human_code}
      head={manifest.number}
      strip={strip}
      foot={
        <>
          <b data-testid="state" data-state={manifest.state}>{w.manifestState[manifest.state]}</b>
          <span>{w.what.to(partyName(w, language, manifest.receiver))}</span>
          <span>{manifest.returns == null ? `${manifest.treatment} ${treatments[manifest.treatment] ?? ''}` : w.road.sendHomeTitle}</span>
        </>
      }
    >
      <h2 class={sizeOf(title)}>{title}</h2>
      <Mass grams={total} measured={measured} big />
      <p class="says-who">{w.common.from(partyName(w, language, manifest.generator))}</p>
      {manifest.lines.length > 1 && (
        <ul class="plain tag-lines">
          {manifest.lines.map((line) => (
            <li key={line.batch.id}>
              <span class="grow">{className(w, language, line.batch)}</span>
              <Mass grams={line.batch.grams} measured={line.batch.measured} />
            </li>
          ))}
        </ul>
      )}
    </TagFrame>
  )
}

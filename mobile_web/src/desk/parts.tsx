import type { ComponentChildren } from 'preact'
import { showGrams, showMass } from '../quantity'
import { Icon } from '../ui/icons'
import type { Meaning } from '../ui/parts'
import { nameIn } from '../words'
import { partyName } from '../what/subject'
import type { BatchState, Finding, FindingSeverity, ManifestState, Party, WasteClass } from '../wire'
import { useDesk } from './desk'

export const MEANING: Record<FindingSeverity, Meaning> = { note: 'unknown', watch: 'watch', stop: 'stop' }

/** The head of a page: what it is about in small, what it says in large, and what belongs beside it. */
export function Head(props: { eyebrow?: ComponentChildren; title: ComponentChildren; big?: boolean; children?: ComponentChildren; testid?: string }) {
  return (
    <header class="head" data-testid={props.testid}>
      {props.eyebrow != null && <p class="eyebrow">{props.eyebrow}</p>}
      <h1 class={props.big === true ? 'big' : undefined}>{props.title}</h1>
      {props.children}
    </header>
  )
}

export function Section(props: { title: ComponentChildren; aside?: ComponentChildren; children: ComponentChildren; testid?: string; class?: string }) {
  return (
    <section class={props.class === undefined ? 'section' : `section ${props.class}`} data-testid={props.testid}>
      <header class="section-head">
        <h2>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  )
}

/** A mass as people say it; the exact grams are in its title and its data. */
export function Grams({ grams, measured = true, testid }: { grams: number; measured?: boolean; testid?: string }) {
  const { d } = useDesk()
  return (
    <span class="grams" title={d.common.exact(showGrams(grams))} data-grams={grams} data-testid={testid}>
      {showMass(grams, measured)}
    </span>
  )
}

export function Severity({ severity }: { severity: FindingSeverity }) {
  const { d } = useDesk()
  return (
    <span class={`severity ${MEANING[severity]}`}>
      <Icon name={MEANING[severity]} size={20} />
      {d.findings.severityWord[severity]}
    </span>
  )
}

const MOVING: ReadonlySet<string> = new Set(['in_transit', 'under_way', 'arrived', 'returning'])
const WRONG: ReadonlySet<string> = new Set(['refused', 'part_refused', 'expired'])
const OVER: ReadonlySet<string> = new Set(['treated', 'split', 'combined', 'closed', 'voided', 'delivered'])

/** Where something stands, as a word with a dot whose filling says: waiting, moving, wrong, over. */
export function State({ state, of }: { state: BatchState | ManifestState; of: 'batch' | 'manifest' }) {
  const { w } = useDesk()
  const words: Record<string, string> = of === 'batch' ? w.batchState : w.manifestState
  const look = MOVING.has(state) ? 'moving' : WRONG.has(state) ? 'wrong' : OVER.has(state) ? 'over' : 'there'
  return (
    <span class={`state ${look}`} data-testid="state" data-state={state}>
      {words[state] ?? state}
    </span>
  )
}

export function Who({ party }: { party: Party | null | undefined }) {
  const { w, language } = useDesk()
  if (party?.id != null && party.masked !== true) {
    return <a class="who" href={`/app/desk/register/${party.id}`}>{nameIn(language, party) || w.common.unknown}</a>
  }
  return <span class="soft">{partyName(w, language, party)}</span>
}

export function ClassTag({ wasteClass, raw }: { wasteClass: WasteClass | null; raw?: string | null }) {
  const { w, language } = useDesk()
  if (wasteClass === null) return <span>{raw ?? w.what.unclassified}</span>
  return (
    <span class="class-tag">
      <span class="class-tag-name">{nameIn(language, wasteClass)}</span>
      <span class="class-tag-code">
        <span class="code">{wasteClass.code}</span>
        {wasteClass.hazardous && <b class="hazard">{w.what.hazardous}</b>}
      </span>
    </span>
  )
}

/** How many findings, the gravest of them as icon; nothing where nothing is odd. */
export function OddMark({ findings }: { findings: readonly Finding[] }) {
  const { d } = useDesk()
  if (findings.length === 0) return null
  const grave = findings.some((finding) => finding.severity === 'stop') ? 'stop' : findings.some((finding) => finding.severity === 'watch') ? 'watch' : 'unknown'
  return (
    <span class={`odd ${grave}`} title={d.chain.findings(findings.length)}>
      <Icon name={grave} size={18} />
      <span class="sr">{d.chain.findings(findings.length)}</span>
      {findings.length > 1 && <span aria-hidden="true">{findings.length}</span>}
    </span>
  )
}

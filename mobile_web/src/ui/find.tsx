import './find.css'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { apiGet, Unreachable } from '../api'
import { nameIn, useLanguage, useWords } from '../words'
import type { Page, Party, PartyRole, Place, WasteClass } from '../wire'
import { Icon } from './icons'
import { Button, Field } from './parts'
import { Trouble } from './trouble'
import { useAsk } from './useAsk'

const PAUSE_MS = 200
const LIMIT = 20

/** What is typed, a moment after the last key: a search for every letter would be asked in vain. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

/** Asks the park, and where it cannot be reached looks into what this phone keeps. */
async function eitherWay<T>(ask: () => Promise<T[]>, here: (pocket: typeof import('../pocket/find')) => Promise<T[]>): Promise<T[]> {
  try {
    if (navigator.onLine) return await ask()
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
  }
  return here(await import('../pocket/find'))
}

interface FinderProps<T> {
  id: string
  label: string
  help?: string
  none: string
  error: string | null
  chosen: T | null
  onChoose: (thing: T | null) => void
  ask: (text: string, signal: AbortSignal) => Promise<T[]>
  askKey: string
  /** Whether to list something before anything is typed: right for a few carriers, wrong for 3,000 classes. */
  listAll: boolean
  keyOf: (thing: T) => string
  show: (thing: T) => ComponentChildren
  testid: string
}

/** A search that ends in one choice, shown as such, with a way to change it. */
export function Finder<T>(props: FinderProps<T>) {
  const w = useWords()
  const [text, setText] = useState('')
  const settled = useSettled(text)
  const open = props.chosen === null
  const wanted = open && (props.listAll || settled.trim() !== '')
  const [asked, again] = useAsk(`${props.askKey}|${wanted ? settled : ''}|${wanted}`, (signal) =>
    wanted ? props.ask(settled.trim(), signal) : Promise.resolve<T[]>([]),
  )
  if (props.chosen !== null) {
    return (
      <div class="field">
        <span class="label">{props.label}</span>
        <div class="sheet chosen" data-testid={`${props.testid}-chosen`}>
          <div class="grow">{props.show(props.chosen)}</div>
          <Button look="plain" onClick={() => props.onChoose(null)} testid={`${props.testid}-change`}>
            {w.make.change}
          </Button>
        </div>
      </div>
    )
  }
  return (
    <Field id={props.id} label={props.label} help={props.help} error={props.error}>
      <input
        id={props.id}
        data-testid={props.testid}
        type="search"
        autocomplete="off"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {asked.status === 'have' && wanted && (
        <ul class="plain sheet results" data-testid={`${props.testid}-results`}>
          {asked.value.length === 0 && <li class="results-none soft">{props.none}</li>}
          {asked.value.map((thing) => (
            <li key={props.keyOf(thing)}>
              <button type="button" class="list-item" onClick={() => props.onChoose(thing)} data-testid={`${props.testid}-option`}>
                <div class="grow">{props.show(thing)}</div>
                <Icon name="forward" size={20} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </Field>
  )
}

export function ClassLine({ wasteClass }: { wasteClass: WasteClass }) {
  const w = useWords()
  const language = useLanguage()
  return (
    <>
      <span class="class-line">
        <b class="code">{wasteClass.code}</b>
        <span class={wasteClass.hazardous ? 'kind hazardous' : 'kind'}>{wasteClass.hazardous ? w.what.hazardous : w.what.general}</span>
        <span class="soft small">
          {wasteClass.scheme} {wasteClass.edition}
        </span>
      </span>
      <span class="class-name">{nameIn(language, wasteClass)}</span>
    </>
  )
}

export function ClassFinder(props: {
  id: string
  label: string
  error: string | null
  chosen: WasteClass | null
  onChoose: (wasteClass: WasteClass | null) => void
  testid: string
}) {
  const w = useWords()
  return (
    <Finder<WasteClass>
      {...props}
      help={w.make.classHelp}
      none={w.make.classNone}
      listAll={false}
      askKey="classes"
      ask={(q, signal) => eitherWay(
        async () => (await apiGet<Page<WasteClass>>('/catalogue/classes', { q, limit: LIMIT }, signal)).items,
        (pocket) => pocket.classesHere(q),
      )}
      keyOf={(each) => `${each.scheme} ${each.edition} ${each.code}`}
      show={(each) => <ClassLine wasteClass={each} />}
    />
  )
}

export function PartyFinder(props: {
  id: string
  label: string
  role: PartyRole
  error: string | null
  chosen: Party | null
  onChoose: (party: Party | null) => void
  testid: string
}) {
  const w = useWords()
  const language = useLanguage()
  return (
    <Finder<Party>
      {...props}
      none={w.ship.none}
      listAll
      askKey={`enterprises ${props.role}`}
      ask={(q, signal) => eitherWay(
        async () => (await apiGet<Page<Party>>('/enterprises', { q, role: props.role, limit: LIMIT }, signal)).items,
        (pocket) => pocket.partiesHere(q, props.role),
      )}
      keyOf={(each) => each.id ?? ''}
      show={(each) => nameIn(language, each)}
    />
  )
}

export function StoreFinder(props: {
  id: string
  label?: string
  enterprise: string | null
  error: string | null
  chosen: Place | null
  onChoose: (place: Place | null) => void
  testid: string
}) {
  const w = useWords()
  const language = useLanguage()
  const { enterprise } = props
  return (
    <Finder<Place>
      {...props}
      label={props.label ?? w.doing.store}
      none={w.ship.none}
      listAll
      askKey={`places ${enterprise ?? ''}`}
      ask={(q, signal) => eitherWay(
        async () => {
          const { items } = await apiGet<Page<Place>>('/places', { enterprise, kind: 'store' }, signal)
          return items.filter((each) => nameIn(language, each).toLowerCase().includes(q.toLowerCase()))
        },
        (pocket) => pocket.storesHere(q, enterprise, language),
      )}
      keyOf={(each) => each.id ?? ''}
      show={(each) => nameIn(language, each)}
    />
  )
}

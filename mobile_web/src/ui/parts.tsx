import type { ButtonHTMLAttributes, ComponentChildren } from 'preact'
import { goBack } from '../router'
import { useFirstWords } from '../words'
import { Icon, type IconName } from './icons'

/** The four meanings a colour may carry; each always comes with its icon and a word. */
export type Meaning = 'fine' | 'watch' | 'stop' | 'unknown'

type ButtonProps = ButtonHTMLAttributes & {
  look?: 'main' | 'second' | 'plain' | 'danger'
  icon?: IconName
  busy?: boolean
  testid?: string
}

export function Button({ look = 'second', icon, busy = false, testid, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`button ${look}`}
      data-testid={testid}
      aria-busy={busy}
      disabled={busy || disabled === true}
    >
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  )
}

export function Notice(props: {
  meaning: Meaning
  title: ComponentChildren
  children?: ComponentChildren
  testid?: string
  /** Said aloud at once by screen readers; for what has just happened, not for what is simply so. */
  live?: boolean
}) {
  const w = useFirstWords()
  return (
    <div class={`notice ${props.meaning}`} data-testid={props.testid} data-meaning={props.meaning} role={props.live ? 'alert' : undefined}>
      <Icon name={props.meaning} />
      <div class="grow">
        <strong>
          <span class="sr">{w.meaning[props.meaning]}: </span>
          {props.title}
        </strong>
        {props.children != null && <div class="notice-text">{props.children}</div>}
      </div>
    </div>
  )
}

export function MeaningChip({ meaning, children, testid }: { meaning: Meaning; children: ComponentChildren; testid?: string }) {
  return (
    <span class={`chip ${meaning}`} data-testid={testid} data-meaning={meaning}>
      <Icon name={meaning} size={18} />
      {children}
    </span>
  )
}

/** One thing per page: a heading, the matter itself, and a dock within the thumb's reach. */
export function Screen(props: {
  title: string
  /** Where back leads when there is nothing to go back to; leave it out for a page that is a start. */
  backTo?: string
  onBack?: () => void
  dock?: ComponentChildren
  children: ComponentChildren
  testid?: string
}) {
  const w = useFirstWords()
  const back = props.onBack ?? (props.backTo === undefined ? null : () => goBack(props.backTo))
  return (
    <div class="screen" data-testid={props.testid}>
      <header class="bar">
        {back && (
          <button type="button" class="bar-button" onClick={back} aria-label={w.common.back} data-testid="back">
            <Icon name="back" />
          </button>
        )}
        <h1>{props.title}</h1>
      </header>
      <main class="page">{props.children}</main>
      {props.dock != null && <footer class="dock">{props.dock}</footer>}
    </div>
  )
}

export function Field(props: {
  label: string
  help?: string | undefined
  error?: string | null | undefined
  children: ComponentChildren
  id: string
}) {
  return (
    <div class={props.error == null ? 'field' : 'field wrong'}>
      <label for={props.id}>{props.label}</label>
      {props.help !== undefined && (
        <p class="help" id={`${props.id}-help`}>
          {props.help}
        </p>
      )}
      {props.error != null && (
        <p class="error" id={`${props.id}-error`} role="alert">
          <Icon name="stop" size={18} /> {props.error}
        </p>
      )}
      {props.children}
    </div>
  )
}

/** A few choices that exclude one another, all visible, each a full target. */
export function Choices<T extends string>(props: {
  legend: string
  name: string
  value: T | null
  options: readonly { value: T; label: string; icon?: IconName }[]
  onChoose: (value: T) => void
  error?: string | null | undefined
  columns?: 2 | 3 | 4
}) {
  return (
    <fieldset class={props.error == null ? 'field' : 'field wrong'}>
      <legend>{props.legend}</legend>
      {props.error != null && (
        <p class="error" role="alert">
          <Icon name="stop" size={18} /> {props.error}
        </p>
      )}
      <div class={`choices c${props.columns ?? props.options.length}`}>
        {props.options.map((option) => (
          <label key={option.value} class="choice" data-testid={`${props.name}-${option.value}`}>
            <input
              type="radio"
              name={props.name}
              checked={props.value === option.value}
              onChange={() => props.onChoose(option.value)}
            />
            <span>
              {option.icon && <Icon name={option.icon} size={20} />}
              {option.label}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** Waiting is silent for the first moment; only then does it say so. */
export function Waiting() {
  const w = useFirstWords()
  return (
    <p class="waiting" role="status" data-testid="waiting">
      {w.common.loading}
    </p>
  )
}

import { useEffect, useState } from 'preact/hooks'
import { navigate } from '../../router'
import { useDesk } from '../desk'
import { say, tailOf, type Blank, type SentencePart, type Values } from './sentence'

const PAUSE_MS = 250

/** Characters of room: a Chinese one takes two. Browsers that size a field by what is in it do not need it. */
function roomOf(text: string): number {
  return Array.from(text).reduce((sum, each) => sum + (each > '\u2e80' ? 2 : 1), 1)
}

function TextBlank({ blank, value, onChange }: { blank: Extract<Blank, { kind: 'text' }>; value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onChange(text.trim()), PAUSE_MS)
    return () => clearTimeout(timer)
    // A change of the handler is no new wish of the person who types.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text, value])
  return (
    <input class="blank" type="search" name={blank.name} aria-label={blank.label} placeholder={blank.placeholder} value={text} autocomplete="off"
      size={roomOf(text === '' ? blank.placeholder : text)} onInput={(event) => setText(event.currentTarget.value)} data-testid={`filter-${blank.name}`} />
  )
}

function ChoiceBlank({ blank, value, onChange }: { blank: Extract<Blank, { kind: 'choice' }>; value: string; onChange: (value: string) => void }) {
  const label = blank.options.find((option) => option.value === value)?.label ?? value
  return (
    <span class="blank choice-blank">
      <span aria-hidden="true">{label}</span>
      <select value={value} aria-label={label} onChange={(event) => onChange(event.currentTarget.value)} data-testid={`filter-${blank.name}`}>
        {blank.options.map((option) => (
          <option key={option.value} value={option.value}>{option.label}</option>
        ))}
      </select>
    </span>
  )
}

/** A sentence whose blanks are the filters of a list. Filling one changes the address, and the address the list. */
export function Sentence({ path, parts, values }: { path: string; parts: readonly SentencePart[]; values: Values }) {
  const { language } = useDesk()
  const set = (name: string) => (value: string) => {
    // Words typed just before a link was pressed must not call the reader back from where it leads.
    if (location.pathname === path) navigate(path + tailOf(parts, { ...values, [name]: value }), { replace: true })
  }
  return (
    <form class="sentence" role="search" aria-label={say(parts, values, language === 'zh' ? '' : ' ')} onSubmit={(event) => event.preventDefault()} data-testid="sentence">
      {parts.map((part, index) => {
        if (typeof part === 'string') return part !== '' && <span key={index}>{part}</span>
        const value = values[part.name] ?? ''
        return part.kind === 'text' ? (
          <TextBlank key={part.name} blank={part} value={value} onChange={set(part.name)} />
        ) : (
          <ChoiceBlank key={part.name} blank={part} value={value} onChange={set(part.name)} />
        )
      })}
      <span>{language === 'zh' ? '。' : '.'}</span>
    </form>
  )
}

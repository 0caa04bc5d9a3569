import { useState } from 'preact/hooks'
import { navigate } from '../../router'
import { Button, Field } from '../../ui/parts'
import { useDesk } from '../desk'
import { Head, Section } from '../parts'
import { recentlySeen } from '../recent'

/** The chain needs something to start from: it asks for it, and offers what was looked at lately. */
export default function AskChain() {
  const { d } = useDesk()
  const [text, setText] = useState('')
  const recent = recentlySeen().filter((seen) => seen.kind === 'batch' || seen.kind === 'manifest')
  const go = (event: Event) => {
    event.preventDefault()
    if (text.trim() !== '') navigate(`/app/desk/chain/${encodeURIComponent(text.trim())}`)
  }
  return (
    <div class="ask-chain">
      <Head eyebrow={d.chain.title} title={d.chain.ask} big>
        <p class="lead soft">{d.chain.askHow}</p>
      </Head>
      <form class="ask-form" role="search" onSubmit={go}>
        <Field id="chain-id" label={d.chain.askLabel}>
          <input id="chain-id" class="code" value={text} autocomplete="off" autocapitalize="characters" spellcheck={false} data-find data-testid="chain-input"
            onInput={(event) => setText(event.currentTarget.value)} />
        </Field>
        <Button look="main" type="submit" testid="chain-show">{d.chain.show}</Button>
      </form>
      {recent.length > 0 && (
        <Section title={d.find.recent}>
          <ul class="plain hits">
            {recent.map((seen) => (
              <li key={seen.path}>
                <a class="hit" href={`/app/desk/chain/${seen.path.split('/').at(-1) ?? ''}`} data-row>
                  <span class="hit-kind">{d.find.kinds[seen.kind]}</span>
                  <span class="hit-title">{seen.title}</span>
                  <span class="hit-under soft">{seen.under}</span>
                </a>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  )
}

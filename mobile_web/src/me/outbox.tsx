import { useEffect, useState } from 'preact/hooks'
import { outbox, sendUnsent, type SendResult } from '../sync'
import type { Row } from '../outbox/outbox'
import { useUnsent } from '../useUnsent'
import { Icon } from '../ui/icons'
import { Button, Notice, Screen } from '../ui/parts'
import { sentenceIn, useLanguage, useWords } from '../words'
import type { Fact, Session } from '../wire'

const SHOWN = 50

/** What has not been sent yet, oldest first, and why. */
export function OutboxPage({ session }: { session: Session }) {
  const w = useWords()
  const language = useLanguage()
  const person = session.person.id
  const { own, others } = useUnsent(person)
  const [rows, setRows] = useState<Row<Fact>[]>([])
  const [busy, setBusy] = useState(false)
  const [result, setResult] = useState<SendResult | null>(null)

  useEffect(() => {
    void outbox.oldest(person, SHOWN).then(setRows, () => undefined)
  }, [person, own])

  async function send(): Promise<void> {
    setBusy(true)
    setResult(await sendUnsent(person).catch((): SendResult => ({ status: 'unreachable' })))
    setBusy(false)
  }

  const button = (
    <Button look="main" icon="outbox" busy={busy} onClick={() => void send()} testid="send-now">
      {busy ? w.answer.sending : w.outbox.send}
    </Button>
  )
  return (
    <Screen title={w.outbox.title} backTo="/app/me" testid="outbox" dock={own > 0 ? button : undefined}>
      {own === 0 ? <Notice meaning="fine" title={w.outbox.empty} /> : <h2>{w.outbox.count(own)}</h2>}
      {result?.status === 'unreachable' && own > 0 && (
        <Notice meaning="unknown" title={w.trouble.unreachable} live>{w.trouble.unreachableHow}</Notice>
      )}
      {result?.status === 'refused' && (
        <Notice meaning="watch" title={sentenceIn(language, result.problem)} live />
      )}
      {rows.length > 0 && (
        <ul class="plain sheet">
          {rows.map((row) => (
            <li key={row.id}>
              <a class="list-item" href={`/app/answer/${row.id}`} data-testid="outbox-row">
                <span class="grow">
                  <b class="cut2">{row.about}</b>
                  <span class="soft small">{w.outbox.saved(new Date(row.savedAt).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB'))}</span>
                </span>
                <Icon name="forward" size={20} />
              </a>
            </li>
          ))}
        </ul>
      )}
      {others > 0 && <p class="help">{w.outbox.others(others)}</p>}
    </Screen>
  )
}

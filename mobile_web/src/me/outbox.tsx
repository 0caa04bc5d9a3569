import { useEffect, useState } from 'preact/hooks'
import { Advice } from '../install/advice'
import { TooNew, type Carried, type Row, type Settled } from '../outbox/outbox'
import { useStore } from '../store'
import { outbox, sending, wake } from '../sync'
import { useUnsent } from '../useUnsent'
import { Icon, type IconName } from '../ui/icons'
import { Button, Notice, Screen, Waiting } from '../ui/parts'
import { useLanguage, useWords } from '../words'
import type { OutboxWords } from '../words/mirror.outbox'
import type { PageProps } from '../shell'
import { useEvidenceWords } from '../evidence/words'
import type { Piece } from '../evidence/queue'
import type { Fact, Receipt } from '../wire'
import { Files } from './files'
import { photosOf, UnsentPhotos, usePieces } from './photos'
import { NextTry, WhatItWaitsFor } from './waits'
import { momentIn, useOutboxWords } from './words'

const SHOWN = 50
const DONE_SHOWN = 10

interface Queue {
  unsent: Row<Fact>[]
  carried: Carried[]
  settled: Settled<Fact, Receipt>[]
}

/** All that the queue holds, kept current; or why it cannot be read. */
function useQueue(): Queue | 'too_new' | 'unreadable' | null {
  const [queue, setQueue] = useState<Queue | 'too_new' | 'unreadable' | null>(null)
  useEffect(() => {
    const look = async () => {
      try {
        setQueue({ unsent: await outbox.pending(), carried: await outbox.carried(), settled: await outbox.settled() })
      } catch (error) {
        setQueue(error instanceof TooNew ? 'too_new' : 'unreadable')
      }
    }
    void look()
    return outbox.onChange(look)
  }, [])
  return queue
}

/** What has not been sent yet and why, what needs a person, and what became of the rest. */
export default function OutboxPage({ session }: PageProps) {
  const w = useWords()
  const o = useOutboxWords()
  const queue = useQueue()
  const { busy } = useStore(sending)
  const standing = useUnsent(session.person.id)
  const photos = usePieces()
  if (!o || queue === null) return <Screen title={w.outbox.title} backTo="/app/me" testid="outbox"><Waiting /></Screen>
  if (typeof queue === 'string') {
    return (
      <Screen title={w.outbox.title} backTo="/app/me" testid="outbox">
        <Notice meaning="stop" title={queue === 'too_new' ? o.tooNew : o.unreadable} testid="outbox-trouble" live>
          {queue === 'too_new' ? o.tooNewHow : o.unreadableHow}
        </Notice>
      </Screen>
    )
  }
  const waits = queue.unsent.length + queue.carried.length
  const button = (
    <Button look="main" icon="outbox" busy={busy} onClick={() => wake('asked')} testid="send-now">
      {busy ? w.answer.sending : w.outbox.send}
    </Button>
  )
  return (
    <Screen title={w.outbox.title} backTo="/app/me" testid="outbox" dock={waits + photos.length > 0 ? button : undefined}>
      {waits === 0 ? <Notice meaning="fine" title={w.outbox.empty} testid="outbox-empty" /> : <WhatItWaitsFor o={o} />}
      {waits > 0 && <p class="soft"><NextTry o={o} /></p>}
      <Advice o={o} standing={standing} />
      <Lists o={o} queue={queue} person={session.person.id} photos={photos} />
      <UnsentPhotos found={photos} />
      {standing.apart > 0 && <Notice meaning="watch" title={o.apart(standing.apart)} testid="outbox-apart">{o.apartHow}</Notice>}
      <Files o={o} some={waits + standing.apart > 0} />
      <p class="soft small">{o.version(__VERSION__)}</p>
    </Screen>
  )
}

function Lists({ o, queue, person, photos }: { o: OutboxWords; queue: Queue; person: string; photos: readonly Piece[] }) {
  const e = useEvidenceWords()
  const mine = queue.settled.filter((one) => one.person === person)
  const unread = queue.settled.filter((one) => one.unread && one.person === person)
  const waiting = mine.filter((one) => !one.unread && one.receipt.verdict === 'waiting')
  const done = mine.filter((one) => !one.unread && one.receipt.verdict !== 'waiting').slice(0, DONE_SHOWN)
  const icon = (one: Settled<Fact, Receipt>): IconName => (one.receipt.verdict === 'turned_away' ? 'stop' : one.unread ? 'watch' : one.receipt.verdict === 'waiting' ? 'unknown' : 'fine')
  const said = (one: Settled<Fact, Receipt>) => o.verdict[one.receipt.verdict]
  const tried = (row: Row<Fact>) => {
    const said = row.attempts === 0 ? o.notTried : o.tried(row.attempts)
    const count = photosOf(photos, row.id)
    return e === null || count === 0 ? said : `${said} · ${e.queue.ofRecord(count)}`
  }
  return (
    <>
      <List title={o.lists.unread} testid="unread-row" rows={unread.map((one) => ({ id: one.id, about: one.about, at: one.settledAt, icon: icon(one), how: said(one) }))} />
      {[o.lists.unsent, o.lists.others].map((title, other) => (
        <List key={title} title={title} testid={other === 0 ? 'outbox-row' : 'others-row'}
          rows={queue.unsent.filter((row) => (row.person === person) === (other === 0)).slice(0, SHOWN).map((row) => ({ id: row.id, about: row.about, at: row.savedAt, icon: 'outbox', how: tried(row) }))} />
      ))}
      <List title={o.lists.carried} testid="carried-row" rows={queue.carried.slice(0, SHOWN).map((row) => ({ id: null, about: row.about, at: row.savedAt, icon: 'outbox', how: '' }))} />
      <List title={o.lists.waiting} testid="waiting-row" rows={waiting.map((one) => ({ id: one.id, about: one.about, at: one.settledAt, icon: icon(one), how: said(one) }))} />
      <List title={o.lists.done} testid="done-row" rows={done.map((one) => ({ id: one.id, about: one.about, at: one.settledAt, icon: icon(one), how: said(one) }))} />
    </>
  )
}

interface Line {
  /** Where the row leads; rows of other phones lead nowhere here. */
  id: string | null
  about: string
  at: number
  icon: IconName
  how: string
}

function Said({ row }: { row: Line }) {
  const language = useLanguage()
  return (
    <>
      <Icon name={row.icon} size={20} />
      <span class="grow">
        <b class="cut2">{row.about}</b>
        <span class="soft small">{momentIn(language, row.at)}{row.how === '' ? '' : ` · ${row.how}`}</span>
      </span>
    </>
  )
}

function List({ title, rows, testid }: { title: string; rows: Line[]; testid: string }) {
  if (rows.length === 0) return null
  return (
    <section class="stack">
      <h2>{title} · {rows.length}</h2>
      <ul class="plain sheet">
        {rows.map((row, index) => (
          <li key={row.id ?? index}>
            {row.id === null
              ? <div class="list-item" data-testid={testid}><Said row={row} /></div>
              : <a class="list-item" href={`/app/answer/${row.id}`} data-testid={testid}><Said row={row} /><Icon name="forward" size={20} /></a>}
          </li>
        ))}
      </ul>
    </section>
  )
}

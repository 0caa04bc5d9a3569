import { useState } from 'preact/hooks'
import { apiUrl } from '../../api'
import { Icon } from '../../ui/icons'
import { Button, Notice } from '../../ui/parts'
import { usePicture } from '../../ui/usePicture'
import { sentenceIn } from '../../words'
import type { Act, Finding } from '../../wire'
import { useDesk } from '../desk'
import { Section, Severity } from '../parts'

const FIRST = 12
const WEIGHT = { stop: 0, watch: 1, note: 2 }

/** What is odd about the thing as a whole, the grave first, with the article of law each rests on. */
export function FindingsSection({ findings, title }: { findings: readonly Finding[]; title: string }) {
  const { d, language } = useDesk()
  const [all, setAll] = useState(false)
  if (findings.length === 0) return null
  const sorted = [...findings].sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity])
  // Notes are shown beside others only when asked for: thirty of them would hide the one that matters.
  const grave = sorted.filter((finding) => finding.severity !== 'note').slice(0, FIRST)
  const shown = all ? sorted : grave.length > 0 ? grave : sorted.slice(0, 3)
  return (
    <Section title={title} testid="findings">
      <ul class="plain odd-list">
        {shown.map((finding, index) => (
          <li key={finding.id ?? index} data-testid="finding" data-code={finding.code}>
            <Severity severity={finding.severity} />
            <p>{sentenceIn(language, finding)}{finding.law != null && finding.law !== '' && <small class="law">{d.findings.law(finding.law)}</small>}</p>
          </li>
        ))}
      </ul>
      {shown.length < sorted.length && (
        <Button onClick={() => setAll(true)} testid="findings-all">{d.common.whole(sorted.length)}</Button>
      )}
    </Section>
  )
}

interface Barred {
  why: string
  acts: Act[]
}

/** The acts that may not be, one entry for each reason: most share theirs. */
function byReason(acts: readonly Act[], say: (act: Act) => string): Barred[] {
  const reasons = new Map<string, Act[]>()
  for (const act of acts) {
    const why = say(act)
    if (why !== '') reasons.set(why, [...(reasons.get(why) ?? []), act])
  }
  return [...reasons].map(([why, same]) => ({ why, acts: same }))
}

/** What may be recorded next and why the rest may not; the desk only reads it, phones do it. */
export function NextActs({ acts }: { acts: readonly Act[] }) {
  const { w, d, language, park } = useDesk()
  const shown = acts.filter((act) => act.may).sort((a, b) => Number(b.likely) - Number(a.likely))
  const barred = byReason(acts.filter((act) => !act.may), (act) => (act.why ? sentenceIn(language, act.why) : ''))
  // Whoever only watches over it may do none of this anyway; why not is then no news.
  if (park && shown.length === 0) return null
  const names = (same: readonly Act[]) => d.common.list([...new Set(same.map((act) => w.act[act.kind]))])
  return (
    <Section title={d.batch.next} testid="next-acts">
      {shown.length === 0 && <p class="soft">{d.batch.nextNone}</p>}
      <ul class="plain next-list">
        {shown.map((act) => (
          <li key={`${act.kind} ${act.outcome ?? ''}`} data-testid={`next-${act.kind}`} data-may="true">
            <Icon name="forward" size={18} />
            <span>{w.act[act.kind]}</span>
          </li>
        ))}
        {barred.map(({ why, acts: same }) => (
          <li key={why} class="may-not" data-testid="next-barred" data-may="false">
            <Icon name="close" size={18} />
            <span>
              {names(same)}
              <small>{why}</small>
            </span>
          </li>
        ))}
      </ul>
      {shown.length > 0 && <p class="soft small">{d.batch.nextBy}</p>}
    </Section>
  )
}

/** The printable face, opened in full for the printer. */
export function LabelSection({ path, code }: { path: string; code: string | null }) {
  const { w, d } = useDesk()
  const png = apiUrl(`${path}/label.png`)
  const picture = usePicture(png)
  return (
    <Section title={d.batch.label} testid="label-section">
      {picture.status === 'failed' ? (
        <Notice meaning="unknown" title={w.trouble.unreachable} />
      ) : (
        <a href={png} target="_blank" rel="noreferrer" class="label-link" data-testid="label-link">
          {picture.status === 'have' && <img src={picture.url} alt={`${d.batch.label} ${code ?? ''}`} data-testid="label-image" />}
          <span>{d.batch.print}</span>
        </a>
      )}
    </Section>
  )
}

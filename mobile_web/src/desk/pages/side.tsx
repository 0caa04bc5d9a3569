import { useState } from 'preact/hooks'
import { apiUrl } from '../../api'
import { Icon } from '../../ui/icons'
import { Notice } from '../../ui/parts'
import { sentenceIn } from '../../words'
import type { Act, Finding } from '../../wire'
import { useDesk } from '../desk'
import { Section, Severity } from '../parts'

/** What is odd about the thing as a whole, with the article of law each rests on. */
export function FindingsSection({ findings }: { findings: readonly Finding[] }) {
  const { d, language } = useDesk()
  if (findings.length === 0) return null
  return (
    <Section title={d.batch.findings} testid="findings">
      <ul class="plain odd-list">
        {findings.map((finding, index) => (
          <li key={finding.id ?? index} data-testid="finding" data-code={finding.code}>
            <Severity severity={finding.severity} />
            <p>{sentenceIn(language, finding)}{finding.law != null && finding.law !== '' && <small class="law">{d.findings.law(finding.law)}</small>}</p>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** What may be recorded next and why the rest may not; the desk only reads it, phones do it. */
export function NextActs({ acts }: { acts: readonly Act[] }) {
  const { w, d, language } = useDesk()
  const shown = [...acts].sort((a, b) => Number(b.may) - Number(a.may) || Number(b.likely) - Number(a.likely))
  return (
    <Section title={d.batch.next} testid="next-acts">
      {shown.length === 0 ? (
        <p class="soft">{d.batch.nextNone}</p>
      ) : (
        <>
          <ul class="plain next-list">
            {shown.map((act) => (
              <li key={`${act.kind} ${act.outcome ?? ''}`} class={act.may ? 'may' : 'may-not'} data-testid={`next-${act.kind}`} data-may={act.may}>
                <Icon name={act.may ? 'forward' : 'close'} size={18} />
                <span>
                  {w.act[act.kind]}
                  {!act.may && act.why && <small>{sentenceIn(language, act.why)}</small>}
                </span>
              </li>
            ))}
          </ul>
          <p class="soft small">{d.batch.nextBy}</p>
        </>
      )}
    </Section>
  )
}

/** The printable face, opened in full for the printer. */
export function LabelSection({ path, code }: { path: string; code: string | null }) {
  const { w, d } = useDesk()
  const [failed, setFailed] = useState(false)
  const png = apiUrl(`${path}/label.png`)
  return (
    <Section title={d.batch.label} testid="label-section">
      {failed ? (
        <Notice meaning="unknown" title={w.trouble.unreachable} />
      ) : (
        <a href={png} target="_blank" rel="noreferrer" class="label-link" data-testid="label-link">
          <img src={png} alt={`${d.batch.label} ${code ?? ''}`} data-testid="label-image" onError={() => setFailed(true)} />
          <span>{d.batch.print}</span>
        </a>
      )}
    </Section>
  )
}

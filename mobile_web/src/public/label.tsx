import '../what/tag.css'
import { useEffect } from 'preact/hooks'
import { apiGet, Refused } from '../api'
import { navigate } from '../router'
import { judgePayload } from '../scan/judge'
import { localVerdict, mayGoOn, serverVerdict, type Verdict } from '../scan/verdictWords'
import { Icon } from '../ui/icons'
import { Button, Notice, Screen, Waiting } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import { chooseLanguage, nameIn, useLanguage, useWords, type Words } from '../words'
import type { PublicLabel, Session } from '../wire'

interface Found {
  label: PublicLabel | null
  verdict: Verdict
}

/** The server's word and the phone's own check; where the server knows nothing, the phone says what it can. */
async function look(w: Words, code: string, signal: AbortSignal): Promise<Found> {
  const judged = await judgePayload(code)
  const local = localVerdict(w, judged)
  try {
    const label = await apiGet<PublicLabel>(`/public/labels/${encodeURIComponent(code)}`, {}, signal)
    const fine: Verdict = { meaning: 'fine', title: w.public.genuine, how: w.public.genuineHow }
    return { label, verdict: serverVerdict(w, label.verdict) ?? fine }
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.status >= 500) throw error
    const unknown: Verdict = { meaning: 'stop', title: w.code.not_issued, how: w.code.not_issuedHow }
    return { label: null, verdict: mayGoOn(judged.verdict) ? unknown : local }
  }
}

/** What a code opened by any camera shows: no log-in, no payment, nothing but what anyone may know. */
export default function PublicLabelPage({ code, session, asking }: { code: string; session: Session | null; asking: boolean }) {
  const w = useWords()
  const language = useLanguage()
  const [asked, again] = useAsk(`${code} ${language}`, (signal) => look(w, code, signal))
  useEffect(() => {
    // Whoever works here wants to act on it, not to read the notice for the public.
    if (session) navigate(`/app/what/${encodeURIComponent(code)}`, { replace: true })
  }, [session, code])
  if (asking || session) return <Waiting />
  return (
    <Screen
      title={w.public.title}
      testid="public-label"
      dock={
        <>
          <Button onClick={() => navigate(`/app/what/${encodeURIComponent(code)}`)} testid="public-login">{w.public.login}</Button>
          <Button look="plain" icon="globe" onClick={() => chooseLanguage(language === 'zh' ? 'en' : 'zh')} testid="language">
            {w.common.language}
          </Button>
        </>
      }
    >
      {asked.status === 'asking' && <Waiting />}
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {asked.status === 'have' && <Face found={asked.value} />}
      <p class="help">{w.public.free}</p>
    </Screen>
  )
}

function Face({ found }: { found: Found }) {
  const w = useWords()
  const language = useLanguage()
  const { label, verdict } = found
  if (!label || verdict.meaning === 'stop') {
    return (
      <Notice meaning={verdict.meaning} title={verdict.title} testid="verdict" live>
        {verdict.how}
      </Notice>
    )
  }
  const states: Record<string, string> = { ...w.manifestState, ...w.batchState }
  const hazardous = label.class?.hazardous === true
  return (
    <article class={hazardous ? 'tag hazardous' : 'tag'} data-testid="tag">
      <header class="tag-head">
        <span class="tag-hole" aria-hidden="true" />
        <span class="tag-class code">{label.class?.code ?? '—'}</span>
        {label.class && <span class="tag-kind">{hazardous ? w.what.hazardous : w.what.general}</span>}
      </header>
      <div class="tag-says">
        <h2 class="says-thing long">{nameIn(language, label.class) || w.what.unclassified}</h2>
        <p class="says-who">{w.common.from(nameIn(language, { name_zh: label.generator, name_en: label.generator_en }) || w.common.unknown)}</p>
      </div>
      <div class="tag-foot">
        <dl class="facts">
          {label.state && (
            <>
              <dt>{w.public.state}</dt>
              <dd data-testid="state" data-state={label.state}>{states[label.state] ?? label.state}</dd>
            </>
          )}
          <dt>{w.public.park}</dt>
          <dd>{nameIn(language, { name_zh: label.park, name_en: label.park_en })}</dd>
          <dt>{w.public.issued}</dt>
          <dd>{label.issued_on ?? w.common.unknown}</dd>
        </dl>
      </div>
      <div class={`tag-strip ${verdict.meaning}`} data-testid="verdict" data-meaning={verdict.meaning} data-verdict={label.verdict}>
        <Icon name={verdict.meaning} />
        <p>
          <strong>{verdict.title}</strong>
          <br />
          {verdict.how}
        </p>
      </div>
    </article>
  )
}

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { logIn } from './session'
import { Button, Field, Notice } from './ui/parts'
import { Trouble } from './ui/trouble'
import { chooseLanguage, useLanguage, useFirstWords } from './words'

/** Shown in place of any page that needs a person, so that after it one lands where one wanted to go. */
export function LogIn({ ended, children }: { ended: boolean; children?: ComponentChildren }) {
  const w = useFirstWords()
  const language = useLanguage()
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [shown, setShown] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const [empty, setEmpty] = useState(false)

  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    const missing = login.trim() === '' || password === ''
    setEmpty(missing)
    setError(null)
    if (missing) return
    setBusy(true)
    try {
      await logIn(login.trim(), password)
    } catch (problem) {
      setError(problem)
      setBusy(false)
    }
  }

  return (
    <form class="screen login" onSubmit={submit} noValidate data-testid="login">
      <header class="masthead">
        <img src="/icon.svg" alt="" width="56" height="56" />
        <h1>{w.app.name}</h1>
        <p>{w.app.tagline}</p>
      </header>
      <main class="page">
        {ended && <Notice meaning="watch" title={w.login.ended} />}
        {error !== null && <Trouble error={error} />}
        <Field id="login" label={w.login.user} error={empty && login.trim() === '' ? w.login.fillBoth : null}>
          <input id="login" data-testid="login-user" value={login} onInput={(e) => setLogin(e.currentTarget.value)}
            autocomplete="username" autocapitalize="none" spellcheck={false} />
        </Field>
        <Field id="password" label={w.login.password} error={empty && password === '' && login.trim() !== '' ? w.login.fillBoth : null}>
          <div class="joined">
            <input id="password" data-testid="login-password" value={password} {...(shown ? { type: 'text' } : { type: 'password' })}
              onInput={(e) => setPassword(e.currentTarget.value)} autocomplete="current-password" />
            <button type="button" class="joined-button" onClick={() => setShown(!shown)} aria-pressed={shown}>
              {shown ? w.login.hide : w.login.show}
            </button>
          </div>
        </Field>
      </main>
      <footer class="dock">
        <Button look="main" type="submit" busy={busy} testid="login-submit">
          {busy ? w.login.sending : w.login.submit}
        </Button>
        <Button look="plain" icon="globe" onClick={() => chooseLanguage(language === 'zh' ? 'en' : 'zh')} testid="language">
          {w.common.language}
        </Button>
        {children}
      </footer>
    </form>
  )
}

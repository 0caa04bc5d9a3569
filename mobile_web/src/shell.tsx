import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { LogIn } from './login'
import { MePage } from './me/me'
import { OutboxPage } from './me/outbox'
import { match, navigate, useRoute, type Route } from './router'
import { ScanPage } from './scan/scan'
import { homeOf, resumeSession, useSession } from './session'
import { Button, Notice, Screen, Waiting } from './ui/parts'
import { Tabs } from './ui/tabs'
import { Trouble } from './ui/trouble'
import { Unreachable } from './api'
import { useSending } from './useUnsent'
import { useWords } from './words'
import type { Session } from './wire'

type Loader = () => Promise<{ default: ComponentType<PageProps> }>

export interface PageProps {
  session: Session
  path: string
  query: URLSearchParams
  parts: Record<string, string>
}

// What the camera needs is in the first load; everything else comes when it is opened.
const LAZY: readonly { pattern: string; load: Loader; tabs?: boolean }[] = [
  { pattern: '/app/type', load: () => import('./scan/typed') },
  { pattern: '/app/what/:code', load: () => import('./what/what') },
  { pattern: '/app/act/:kind/:code', load: () => import('./act/act') },
  { pattern: '/app/answer/:id', load: () => import('./act/answer') },
  { pattern: '/app/correct/:code', load: () => import('./act/correct') },
  { pattern: '/app/home/:manifest', load: () => import('./make/home') },
  { pattern: '/app/sign/:manifest', load: () => import('./sign/sign') },
  { pattern: '/app/pin', load: () => import('./sign/pin') },
  { pattern: '/app/roadside', load: () => import('./roadside/roadside'), tabs: true },
  { pattern: '/app/new', load: () => import('./make/generate'), tabs: true },
  { pattern: '/app/ship', load: () => import('./make/ship'), tabs: true },
]

/** Loads a page's code; a failed load (a deploy in between, no network) can be tried again. */
export function Lazy<P extends object>({ load, props }: { load: () => Promise<{ default: ComponentType<P> }>; props: P }) {
  const [Page, setPage] = useState<ComponentType<P> | null>(null)
  const [failed, setFailed] = useState(false)
  const [round, setRound] = useState(0)
  useEffect(() => {
    let current = true
    setFailed(false)
    load().then(
      (module) => current && setPage(() => module.default),
      () => current && setFailed(true),
    )
    return () => {
      current = false
    }
  }, [load, round])
  if (failed) return <Trouble error={new Unreachable()} onRetry={() => setRound((n) => n + 1)} />
  return Page ? <Page {...props} /> : <Waiting />
}

const loadPublic = () => import('./public/label')
const loadDesk = () => import('./desk')

function NotFound() {
  const w = useWords()
  return (
    <Screen title={w.app.name} dock={<Button look="main" onClick={() => navigate('/')}>{w.trouble.home}</Button>}>
      <Notice meaning="unknown" title={w.trouble.notFound}>
        {w.trouble.notFoundHow}
      </Notice>
    </Screen>
  )
}

function Home({ session }: { session: Session }) {
  useEffect(() => navigate(homeOf(session.person.role), { replace: true }), [session])
  return <Waiting />
}

function Inside({ session, route }: { session: Session; route: Route }) {
  useSending(session.person.id)
  useEffect(() => void import('./make/held').then((held) => held.refreshHeld(session)).catch(() => undefined), [session])
  const { path, query } = route
  if (path === '/' || path === '/app') return <Home session={session} />
  if (path === '/app/desk' || path.startsWith('/app/desk/')) {
    return <Lazy load={loadDesk} props={{ session, path: path.slice('/app/desk'.length) || '/', query }} />
  }
  if (path === '/app/scan') return <ScanPage session={session} />
  if (path === '/app/me') return <WithTabs session={session} path={path}><MePage session={session} /></WithTabs>
  if (path === '/app/outbox') return <OutboxPage session={session} />
  for (const page of LAZY) {
    const parts = match(page.pattern, path)
    if (parts === null) continue
    const matter = <Lazy key={page.pattern} load={page.load} props={{ session, path, query, parts }} />
    return page.tabs === true ? <WithTabs session={session} path={path}>{matter}</WithTabs> : matter
  }
  return <NotFound />
}

function WithTabs({ session, path, children }: { session: Session; path: string; children: preact.ComponentChildren }) {
  return (
    <div class="with-tabs">
      {children}
      <Tabs session={session} path={path} />
    </div>
  )
}

export function Shell() {
  const w = useWords()
  const route = useRoute()
  const state = useSession()
  useEffect(() => {
    document.title = w.app.name
  }, [w])
  const scanned = match('/M/:code', route.path)
  if (scanned) {
    const session = state.status === 'in' ? state.session : null
    return <Lazy load={loadPublic} props={{ code: scanned['code'] ?? '', session, asking: state.status === 'asking' }} />
  }
  if (state.status === 'in') return <Inside session={state.session} route={route} />
  if (state.status === 'out') return <LogIn ended={state.reason === 'ended'} />
  if (state.status === 'asking') return <Waiting />
  return (
    <Screen title={w.app.name}>
      <Trouble error={new Unreachable()} onRetry={() => void resumeSession()} />
    </Screen>
  )
}

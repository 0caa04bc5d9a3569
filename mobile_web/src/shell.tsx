import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { LogIn } from './login'
import { usePocket } from './pocket/use'
import { match, navigate, useRoute, type Route } from './router'
import { ScanPage } from './scan/scan'
import { homeOf, resumeSession, useSession } from './session'
import { Button, Notice, Screen, Waiting } from './ui/parts'
import { Tabs } from './ui/tabs'
import { Trouble } from './ui/trouble'
import { Unreachable } from './api'
import { useSending, useUnsent } from './useUnsent'
import { calmPath, updateReady } from './install/ready'
import { useStore } from './store'
import { allWords, useFirstWords } from './words'
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
  { pattern: '/app/many', load: () => import('./scan/list') },
  { pattern: '/app/what/:code', load: () => import('./what/what') },
  { pattern: '/app/act/:kind/many', load: () => import('./act/many') },
  { pattern: '/app/answers/:ids', load: () => import('./act/answers') },
  { pattern: '/app/act/:kind/:code', load: () => import('./act/act') },
  { pattern: '/app/answer/:id', load: () => import('./act/answer') },
  { pattern: '/app/correct/:code', load: () => import('./act/correct') },
  { pattern: '/app/home/:manifest', load: () => import('./make/home') },
  { pattern: '/app/sign/:manifest', load: () => import('./sign/sign') },
  { pattern: '/app/me', load: async () => ({ default: (await import('./me/me')).MePage }), tabs: true },
  { pattern: '/app/outbox', load: () => import('./me/outbox') },
  { pattern: '/app/pin', load: () => import('./sign/pin') },
  { pattern: '/app/roadside', load: () => import('./roadside/roadside'), tabs: true },
  { pattern: '/app/new', load: () => import('./make/generate'), tabs: true },
  { pattern: '/app/ship', load: () => import('./make/ship'), tabs: true },
]

const RELOADED = 'reloaded-at'

/** Code that is gone since a new version came is found by loading the page anew: once, and not without a network, where
 * a page that stands is better than none. */
function reloadedFor(): boolean {
  if (!navigator.onLine) return false
  try {
    if (Date.now() - Number(sessionStorage.getItem(RELOADED)) < 60_000) return false
    sessionStorage.setItem(RELOADED, String(Date.now()))
  } catch {
    return false
  }
  location.reload()
  return true
}

/** Loads a page's code, and the words it may use; a failed load (a deploy in between, no network) can be tried again. */
export function Lazy<P extends object>({ load, props }: { load: () => Promise<{ default: ComponentType<P> }>; props: P }) {
  const [Page, setPage] = useState<ComponentType<P> | null>(null)
  const [failed, setFailed] = useState(false)
  const [round, setRound] = useState(0)
  useEffect(() => {
    let current = true
    setFailed(false)
    Promise.all([load(), allWords()]).then(
      ([module]) => current && setPage(() => module.default),
      () => current && !reloadedFor() && setFailed(true),
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
const loadGate = () => import('./people/gate')
const loadStrip = () => import('./install/strip')
const DAY_MS = 86_400_000

function NotFound() {
  const w = useFirstWords()
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
  usePocket(session)
  const { oldest } = useUnsent(session.person.id)
  const told = useStore(updateReady) || (oldest !== null && Date.now() - oldest > DAY_MS)
  return (
    <>
      <Page session={session} route={route} />
      {told && calmPath(route.path) && <Lazy load={loadStrip} props={{ oldest }} />}
    </>
  )
}

function Page({ session, route }: { session: Session; route: Route }) {
  const { path, query } = route
  if (path === '/' || path === '/app') return <Home session={session} />
  if (path === '/app/desk' || path.startsWith('/app/desk/')) {
    return <Lazy load={loadDesk} props={{ session, path: path.slice('/app/desk'.length) || '/', query }} />
  }
  if (path === '/app/scan') return <ScanPage session={session} />
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
  const w = useFirstWords()
  const route = useRoute()
  const state = useSession()
  // A locked phone sends too, each record with its own person's key; nobody's cookie counts then.
  useSending(state.status === 'in' ? state.session.person.id : state.status === 'locked' ? '' : null)
  useEffect(() => {
    document.title = w.app.name
  }, [w])
  const scanned = match('/M/:code', route.path)
  if (scanned) {
    const session = state.status === 'in' ? state.session : null
    return <Lazy load={loadPublic} props={{ code: scanned['code'] ?? '', session, asking: state.status === 'asking' }} />
  }
  if (state.status === 'in') return <Inside key={state.session.person.id} session={state.session} route={route} />
  if (state.status === 'out') return <LogIn ended={state.reason === 'ended'} />
  if (state.status === 'locked' || state.status === 'offered' || state.status === 'withdrawn') return <Lazy load={loadGate} props={{ state }} />
  if (state.status === 'asking') return <Waiting />
  return (
    <Screen title={w.app.name}>
      <Trouble error={new Unreachable()} onRetry={() => void resumeSession()} />
    </Screen>
  )
}

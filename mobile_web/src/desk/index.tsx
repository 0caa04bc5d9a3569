import './desk.css'
import './lists/lists.css'
import './frame/rail.css'
import './pages/thing.css'
import './pages/today.css'
import type { ComponentType } from 'preact'
import { match } from '../router'
import { Lazy } from '../shell'
import { Notice, Waiting } from '../ui/parts'
import { useWords } from '../words'
import type { Session } from '../wire'
import { DeskProvider, useDeskTools } from './desk'
import { Rail } from './frame/rail'
import { useDeskKeys } from './keys'
import { AlertsPage } from './pages/alerts'
import { FindPage } from './pages/find'
import { FindingsPage } from './pages/findings'
import { ManifestsPage } from './pages/manifests'
import { StockPage } from './pages/stock'
import { TodayPage } from './pages/today'

export interface DeskProps {
  session: Session
  /** The path below /app/desk, starting with a slash: "/" is Today. */
  path: string
  query: URLSearchParams
}

export interface DeskPageProps {
  query: URLSearchParams
  parts: Record<string, string>
}

type Loader = () => Promise<{ default: ComponentType<DeskPageProps> }>

// Lists are in the desk's own chunk; what is heavy or seldom opened comes when it is.
const NEAR: readonly { pattern: string; Page: ComponentType<DeskPageProps> }[] = [
  { pattern: '', Page: TodayPage },
  { pattern: '/find', Page: FindPage },
  { pattern: '/findings', Page: FindingsPage },
  { pattern: '/alerts', Page: AlertsPage },
  { pattern: '/stock', Page: StockPage },
  { pattern: '/manifests', Page: ManifestsPage },
]

const FAR: readonly { pattern: string; load: Loader }[] = [
  { pattern: '/chain', load: () => import('./pages/askChain') },
  { pattern: '/chain/:id', load: () => import('./chain/page') },
  { pattern: '/map', load: () => import('./pages/map') },
  { pattern: '/batch/:id', load: () => import('./pages/batch') },
  { pattern: '/manifest/:id', load: () => import('./pages/manifest') },
  { pattern: '/register', load: () => import('./pages/register') },
  { pattern: '/register/:id', load: () => import('./pages/enterprise') },
  { pattern: '/rules', load: () => import('./pages/rules') },
  { pattern: '/ship', load: () => import('./pages/ship') },
  { pattern: '/answers', load: () => import('./pages/answers') },
  { pattern: '/mandates', load: () => import('../sign/mandates') },
  { pattern: '/labels', load: () => import('./pages/labels') },
  { pattern: '/rolls', load: () => import('./pages/rolls') },
  { pattern: '/written', load: () => import('./pages/written') },
  { pattern: '/phones', load: () => import('../people/desk') },
  { pattern: '/new', load: () => import('./pages/new') },
  { pattern: '/import', load: () => import('./pages/import') },
]

function Matter({ path, query }: { path: string; query: URLSearchParams }) {
  const w = useWords()
  for (const { pattern, Page } of NEAR) {
    const parts = match(pattern, path)
    if (parts) return <Page key={pattern} query={query} parts={parts} />
  }
  for (const { pattern, load } of FAR) {
    const parts = match(pattern, path)
    if (parts) return <Lazy key={`${pattern} ${parts['id'] ?? ''}`} load={load} props={{ query, parts }} />
  }
  return <Notice meaning="unknown" title={w.trouble.notFound}>{w.trouble.notFoundHow}</Notice>
}

/** The desk of managers and regulators; loaded only when somebody opens it. */
export default function Desk({ session, path, query }: DeskProps) {
  const tools = useDeskTools(session)
  useDeskKeys()
  if (!tools) return <Waiting />
  return (
    <DeskProvider value={tools}>
      <div class="desk" data-testid="desk">
        <button type="button" class="skip" onClick={() => document.getElementById('matter')?.focus()}>{tools.d.rail.skip}</button>
        <Rail path={path} />
        <main class="matter" id="matter" tabIndex={-1}>
          <Matter path={path} query={query} />
        </main>
      </div>
    </DeskProvider>
  )
}

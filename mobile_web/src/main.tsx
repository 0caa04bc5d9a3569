import './tokens.css'
import './base.css'
import { render } from 'preact'
import { startRouter } from './router'
import { resumeSession } from './session'
import { Shell } from './shell'
import { startWords } from './words'

startRouter()
void resumeSession()

const root = document.getElementById('app')
if (root) {
  void startWords().then(() => {
    // What stands there is for browsers that do not get this far.
    root.textContent = ''
    render(<Shell />, root)
  })
}

// What is only needed later: the service worker, and the browser's offer to install.
if (import.meta.env.PROD) void import('./install/worker').then((worker) => worker.startWorker()).catch(() => undefined)
void import('./install/device').then((device) => device.listenForInstall())

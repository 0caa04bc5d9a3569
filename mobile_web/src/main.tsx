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

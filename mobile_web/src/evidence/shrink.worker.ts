import { offscreen, redrawn } from './drawing'

addEventListener('message', (event: MessageEvent<Blob>) => {
  redrawn(event.data, offscreen).then(
    (blob) => postMessage({ blob }),
    (error: unknown) => postMessage({ error: String(error) }),
  )
})

import { createStore } from '../store'
import type { Heard } from './tray'

// What a hand in a glove hears and feels instead of looking. Made by the browser, no file; silent when asked to be.

const CHOICE = 'muted'
const LOUD = 0.25

/** Hz, seconds, and the wave: good is one high tone, known two equal ones, bad a low growl. */
type Tone = readonly [hertz: number, seconds: number, wave: OscillatorType]
const TONES: Record<Heard, readonly Tone[]> = {
  added: [[1_320, 0.09, 'sine']],
  again: [[660, 0.07, 'sine'], [660, 0.07, 'sine']],
  full: [[440, 0.12, 'sine'], [330, 0.2, 'sine']],
  bad: [[165, 0.4, 'square']],
}
const BUZZES: Record<Heard, readonly number[]> = {
  added: [60],
  again: [30, 60, 30],
  full: [200],
  bad: [60, 60, 60, 60, 200],
}
const GAP_S = 0.06

function keptChoice(): boolean {
  try {
    return localStorage.getItem(CHOICE) === 'yes'
  } catch {
    return false
  }
}

export const muted = createStore(keptChoice())

export function mute(next: boolean): void {
  muted.set(next)
  try {
    localStorage.setItem(CHOICE, next ? 'yes' : 'no')
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

let context: AudioContext | null = null

/** Called from a tap: browsers let no page speak before it was touched. */
export function wakeSound(): void {
  try {
    context ??= new AudioContext()
    void context.resume()
  } catch {
    // No sound on this device; the screen and the buzz answer.
  }
}

export function answer(heard: Heard): void {
  // iPhones have no vibration; there sound and screen answer.
  const phone = navigator as { vibrate?: (pattern: number[]) => boolean }
  phone.vibrate?.([...BUZZES[heard]])
  if (muted.get() || context?.state !== 'running') return
  let at = context.currentTime
  for (const tone of TONES[heard]) at = sound(context, tone, at)
}

function sound(on: AudioContext, [hertz, seconds, wave]: Tone, at: number): number {
  const voice = new OscillatorNode(on, { type: wave, frequency: hertz })
  const loud = new GainNode(on, { gain: 0 })
  // A tone that begins or ends at full strength cracks.
  loud.gain.setTargetAtTime(LOUD, at, 0.005)
  loud.gain.setTargetAtTime(0, at + seconds - 0.02, 0.008)
  voice.connect(loud).connect(on.destination)
  voice.start(at)
  voice.stop(at + seconds + 0.03)
  return at + seconds + GAP_S
}

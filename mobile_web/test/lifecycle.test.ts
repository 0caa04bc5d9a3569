import { describe, expect, it } from 'vitest'
import lifecycle from '../generated/lifecycle.json'
import { en } from '../src/words/en'
import { zh } from '../src/words/zh'

// The server exports its lifecycle; whatever it can say of a batch, the phone must have words for.
describe.each([
  ['zh', zh],
  ['en', en],
])('in %s', (_, words) => {
  it('there is a word for every state a batch can be in', () => {
    const states = lifecycle.states.filter((state) => state !== 'unborn')
    expect(states.filter((state) => !(state in words.batchState))).toEqual([])
  })

  it('there is a word for every fact', () => {
    const facts = lifecycle.facts.filter((fact) => fact !== 'refused')
    expect(facts.filter((fact) => !(fact in words.act))).toEqual([])
  })
})

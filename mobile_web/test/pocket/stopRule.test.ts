import { describe, expect, it } from 'vitest'
import { emptyForm, withHabits, type ActForm } from '../../src/act/form'
import { stops, tooFar } from '../../src/act/stopRule'
import type { Subject, SubjectLine } from '../../src/what/subject'
import { packFor } from './books'

const { rules } = packFor('zhao', 'T')
const line: SubjectLine = { batch: 'b', code: 'C', name: 'Oily rags', grams: 1_000_000, measured: true, prev: null, state: 'arrived', loaded: null }
const subject: Subject = { what: 'batch', manifest: 'm', holder: null, legs: [], treatment: null, plate: null, lines: [line], acts: [] }
const weighed = (kg: string, change: Partial<ActForm> = {}): ActForm => ({ ...emptyForm('received', subject), amounts: { b: { text: kg, unit: 'kg', measured: true } }, ...change })

describe('figures that disagree, before anybody confirms', () => {
  it('bears what the park bears: fifty in a thousand', () => {
    expect(tooFar('received', weighed('950'), [line], rules)).toBeNull()
    expect(tooFar('received', weighed('949.999'), [line], rules)).toEqual({ name: 'Oily rags', percent: '5 %' })
  })

  it('takes an estimate for a guess, unless it is twice as much', () => {
    const guess = { ...line, measured: false }
    expect(tooFar('received', weighed('600'), [guess], rules)).toBeNull()
    expect(tooFar('received', weighed('499'), [guess], rules)).not.toBeNull()
  })

  it('counts what was refused with what was accepted, and a refusal stops nothing', () => {
    const part = { outcome: 'part' as const, refused: { b: { text: '300', unit: 'kg' as const, measured: true } } }
    expect(tooFar('received', weighed('700', part), [line], rules)).toBeNull()
    expect(tooFar('received', weighed('100', { outcome: 'refused' }), [line], rules)).toBeNull()
  })

  it('stops a load only where the profile says so, and never a weighing', () => {
    expect([stops('received', rules), stops('weighed', rules), stops('received', { ...rules, weight: 'report' })]).toEqual([true, false, false])
  })
})

describe('what was filled in last', () => {
  it('is there for the next drum, and never over what is known better', () => {
    const habits = { plate: '京B1', treatment: 'R4' }
    expect(withHabits('picked_up', emptyForm('picked_up', subject), habits).plate).toBe('京B1')
    expect(withHabits('picked_up', { ...emptyForm('picked_up', subject), plate: '京A1' }, habits).plate).toBe('京A1')
    expect(withHabits('treated', emptyForm('treated', subject), habits).treatment).toBe('R4')
    expect(withHabits('handed_over', emptyForm('handed_over', subject), habits).plate).toBe('')
  })
})

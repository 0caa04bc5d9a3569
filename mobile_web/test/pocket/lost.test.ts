import { describe, expect, it } from 'vitest'
import { lost } from '../../src/pocket/after'
import type { Receipt } from '../../src/wire'
import { told } from './books'

const receipt = (verdict: Receipt['verdict'], ...codes: string[]): Receipt => ({
  id: 'mine', verdict, findings: codes.map((code) => ({ code, severity: 'watch', zh: '', en: '' })),
})

describe('who comes second with the same step', () => {
  it('is told so, whether another carrier won or a colleague with another phone', () => {
    expect(lost(told('mine', 'picked_up'), receipt('conflict', 'lost_to_another'))).toBe(true)
    expect(lost(told('mine', 'picked_up'), receipt('recorded', 'picked_up_while_in_transit'))).toBe(true)
  })

  it('and nobody else is', () => {
    expect(lost(told('mine', 'picked_up'), receipt('recorded'))).toBe(false)
    expect(lost(told('mine', 'picked_up'), receipt('recorded', 'picked_up_while_on_site'))).toBe(false)
    expect(lost(told('mine', 'picked_up'), receipt('waiting'))).toBe(false)
  })
})

import { expect, test } from 'vitest'
import { emptyGrant, grantBody } from '../../src/desk/pages/grant'
import type { Party, WasteClass } from '../../src/wire'

const party = (id: string) => ({ id, name_zh: id, name_en: id }) as Party
const sludge = { scheme: 'CN-SW', edition: '2024', code: '900-099-S07' } as WasteClass
const FULL = {
  ...emptyGrant(), phone: 'phone-1', holder: '仓库手机', carriers: [party('t'), party('t2')], receivers: [party('d'), party('d2')],
  classes: [sludge, { ...sludge, code: '900-001-S17' }], treatment: 'D10',
}

test('numbers for a registered phone name it, and several carriers, receivers and classes', () => {
  expect(grantBody('b', FULL)).toMatchObject({
    holder: '仓库手机', grant: { device: 'phone-1', carriers: ['t', 't2'], receivers: ['d', 'd2'], classes: [{ code: '900-099-S07' }, { code: '900-001-S17' }] },
  })
})

test('a phone that is not registered yet is named by its id; without any there is nothing to send', () => {
  expect(grantBody('b', { ...FULL, phone: '', device: ' abc ' })).toMatchObject({ grant: { device: 'abc' } })
  expect(grantBody('b', { ...FULL, phone: '' })).toBeNull()
  for (const lacking of [{ carriers: [] }, { receivers: [] }, { classes: [] }]) expect(grantBody('b', { ...FULL, ...lacking })).toBeNull()
})

import type { Trace } from '../../src/desk/shapes'
import type { Finding, Party } from '../../src/wire'
import { Books, OIL, party, SLUDGE } from './books'

// Whole lives of batches, as the stories of the product tell them, for the desk's tests.

const T = 1_000_000

export const PLANT: [number, number] = [116.512, 39.792]
export const STORE: [number, number] = [116.538, 39.781]
export const WORKS: [number, number] = [116.561, 39.803]

export const cast = () => ({
  hongda: party('宏达机械二厂', 'Hongda Plant 2', 'generator'),
  minghua: party('明华电子', 'Minghua Electronics', 'generator'),
  jiechi: party('捷驰环保运输', 'Jiechi Haulage', 'carrier'),
  beifang: party('北方运输', 'Northern Transport', 'carrier'),
  depot: party('中转贮存站', 'Transfer Depot', 'receiver'),
  luyuan: party('绿源处置中心', 'Lüyuan Treatment Centre', 'receiver'),
  jinshan: party('金山再生', 'Jinshan Recovery', 'receiver'),
})

/** Two origins, 10 t and 90 t, combined at a store into 100 t and treated once. */
export function grouping(): Trace {
  const who = cast()
  const books = new Books()
  const small = books.generate(who.hongda, 10 * T, SLUDGE, PLANT)
  books.wait(20)
  const large = books.generate(who.minghua, 90 * T, SLUDGE, [116.49, 39.801])
  books.wait(70)
  books.carry([small], who.jiechi, '京A12345', '20260100000017', { at: PLANT })
  books.wait(2)
  books.receive([small], who.depot, '20260100000017', { at: STORE })
  books.wait(26)
  books.carry([large], who.beifang, '京B88231', '20260100000018', { at: [116.49, 39.801] })
  books.wait(3)
  books.receive([large], who.depot, '20260100000018', { at: STORE })
  books.wait(120)
  const whole = books.combine([small, large], who.depot)
  books.wait(48)
  books.carry([whole], who.jiechi, '京A12345', '20260100000031', { at: STORE })
  books.wait(4)
  books.receive([whole], who.luyuan, '20260100000031', { at: WORKS })
  books.wait(30)
  books.treat(whole, who.luyuan, 'D10', { loss: 62 * T, residue: 18 * T, at: WORKS })
  return books.answer(small, large)
}

/** 10 t split into a third and two thirds, each grouped with others, both treated. */
export function splitting(): Trace {
  const who = cast()
  const books = new Books()
  const origin = books.generate(who.hongda, 10 * T, OIL, PLANT)
  const other = books.generate(who.minghua, 4 * T, OIL)
  books.wait(30)
  books.carry([origin, other], who.jiechi, '京A12345', '20260100000044', { at: PLANT })
  books.wait(3)
  books.receive([origin, other], who.depot, '20260100000044', { at: STORE })
  books.wait(200)
  const [third = '', rest = ''] = books.split(origin, who.depot, [3_333_333, 6_666_667])
  const [mine = '', yours = ''] = books.split(other, who.depot, [T, 3 * T])
  books.wait(20)
  const oil = books.combine([third, yours], who.depot)
  const mixed = books.combine([rest, mine], who.depot)
  books.wait(9)
  books.carry([oil], who.beifang, '京B88231', '20260100000051', { at: STORE })
  books.carry([mixed], who.jiechi, '京A12345', '20260100000052', { at: STORE })
  books.wait(5)
  books.receive([oil], who.jinshan, '20260100000051', { at: [116.58, 39.77] })
  books.receive([mixed], who.luyuan, '20260100000052', { at: WORKS })
  books.wait(60)
  books.treat(oil, who.jinshan, 'R9', { product: '基础油', loss: 333_333 })
  books.treat(mixed, who.luyuan, 'D10', { loss: 5 * T, at: WORKS })
  return books.answer(origin)
}

const LESS: Finding = {
  code: 'mass_discrepancy', severity: 'watch', law: '危险废物转移管理办法',
  zh: '两次称重不一致：此前 10 t，此次 9.4 t，相差 600 kg（6%）。请双方复磅并说明。',
  en: 'Two weighings disagree: 10 t before, 9.4 t now, 600 kg apart (6 %). Weigh again together and explain.',
}
const NO_PICKUP: Finding = {
  code: 'out_of_order', severity: 'watch', law: null,
  zh: '批次处于“已列入联单”时记录了“接收”。请核对实物，并补记或更正缺少的步骤。',
  en: 'It was received while it was on an issued manifest. Look at the container, then record or correct the step that is missing.',
}

/** 10 t arrive as 9.4 t, 7 t of it are refused and go back, of the rest 1.5 t and 0.5 t are used; 0.4 t is left over. */
export function refusal(): Trace {
  const who = cast()
  const books = new Books()
  const batch = books.generate(who.hongda, 10 * T, OIL, PLANT)
  books.wait(52)
  books.carry([batch], who.jiechi, '京A12345', '20260100000060', { at: PLANT })
  books.wait(4)
  books.fact({ kind: 'weighed', enterprise: who.luyuan, lines: [{ batch, grams: 9_400_000, direction: 'in' }], at: WORKS, findings: [{ ...LESS, id: 'f1', batch }] })
  books.node(batch).grams = 9_400_000
  books.trace.balance.difference += 600_000
  books.wait(1)
  const back = books.receivePart(batch, who.luyuan, 7 * T, '20260100000060')
  books.wait(12)
  books.giveBack(back, who.hongda, '20260100000060')
  books.wait(30)
  books.treat(batch, who.luyuan, 'R9', { grams: 1_500_000, product: '基础油', at: WORKS })
  books.wait(40)
  books.treat(batch, who.luyuan, 'D10', { grams: 500_000, loss: 500_000, at: WORKS })
  return books.answer(batch)
}

/** A receipt that nobody carried anything to: the gap must show. */
export function missingStep(): Trace {
  const who = cast()
  const books = new Books()
  const batch = books.generate(who.hongda, 182_000, OIL, PLANT)
  books.wait(300)
  books.receive([batch], who.luyuan, '20260100000071', { at: WORKS, findings: [{ ...NO_PICKUP, id: 'f2', batch }] })
  return books.answer(batch)
}

/** A deterministic stand-in for chance. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % sides
  }
}

/** Ninety batches, eleven levels, fan-in one to five, as the benchmark's graph has it at the median. */
export function merging(batches = 90, levels = 11): Trace {
  const who = cast()
  const books = new Books('2026-03-02T08:00:00+08:00')
  const roll = dice(7)
  const makers = [who.hongda, who.minghua, ...['恒泰涂装', '精工铸造', '宏远化纤', '新彩印务'].map((name, index) => party(name, `Works ${index + 1}`, 'generator'))]
  const holders = [who.depot, who.jinshan, who.luyuan]
  const carriers = [who.jiechi, who.beifang]
  let stock: string[] = []
  let made = 0
  for (let level = 0; level < levels; level++) {
    const wanted = Math.floor((batches * (level + 1)) / levels) - made
    const fresh: string[] = []
    for (let each = 0; each < wanted; each++) {
      books.wait(5 + roll(40))
      made += 1
      const maker = makers[roll(makers.length)] ?? who.hongda
      if (level === 0 || stock.length < 2) {
        fresh.push(books.generate(maker, (1 + roll(60)) * 250_000, OIL))
        continue
      }
      const taken = stock.splice(0, Math.min(1 + roll(3), stock.length - 1))
      const holder = books.node(taken[0] ?? '').holder
      fresh.push(...(taken.length === 1 ? halves(books, taken[0] ?? '', holder) : [books.combine(taken, holder)]))
      if (taken.length === 1) made += 1
    }
    const next = holders[level % holders.length] ?? who.depot
    const truck = carriers[level % carriers.length] ?? who.jiechi
    const movers = fresh.filter((_, index) => level === 0 || index % 2 === 0)
    const number = `2026010000${String(100 + level)}`
    for (const batch of movers) {
      books.wait(3)
      books.carry([batch], truck, '京A12345', number)
      books.wait(4)
      books.receive([batch], next, number)
    }
    stock = [...stock, ...fresh]
  }
  for (const batch of stock.slice(0, -3)) books.treat(batch, books.node(batch).holder, 'R9', { loss: Math.floor(books.node(batch).grams / 10) })
  return books.answer(stock.at(-4) ?? '')
}

function halves(books: Books, batch: string, holder: Party): string[] {
  const { grams } = books.node(batch)
  return books.split(batch, holder, [Math.floor(grams / 3), grams - Math.floor(grams / 3)])
}

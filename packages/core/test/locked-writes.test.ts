import { Delivery } from '../src/delivery/delivery.js'
import { toEpochMs } from '../src/dialect/index.js'
import { FakeTable } from './fake-table.js'
import { destroy, later, set, storeWith } from './fake-store.js'
import { pass, until, useStandingClock } from './standing-clock.js'

/** The time of a call, in ms: a batch waits for a lock for a quarter of it. */
const timeout = 2_000
const lockTimeout = timeout / 4

useStandingClock()

describe('writes to rows that another client has locked', () => {
  it.each([
    { lock: 'update', write: set, sent: 'upsert', result: 0 },
    { lock: 'delete', write: destroy, sent: 'destroy', result: 1 },
  ] as const)(
    'are looked for by what they are to be locked for: $sent',
    async ({ lock, write: call, sent: kind, result }) => {
      const { sent, table, write } = storeWith({ timeout, seesLocks: true })
      for (const sid of ['a', 'b', 'c']) table.rows.set(sid, { sid, sess: 'sess', expired: later })
      table.locks.set('b', { until: performance.now() + 10_000, seen: true, against: lock })
      const heard = ['a', 'b', 'c'].map((sid) => write(call(sid)))
      const started = performance.now()
      await until(() => [heard[0], heard[2]].every((each) => each?.length === 1))
      expect(performance.now() - started).toBeLessThan(lockTimeout + 100)
      expect(heard).toEqual([[result], [], [result]])
      expect(sent.filter((each) => !each.startsWith('existing'))).toEqual([
        `${kind} a b c`,
        `look ${lock} a b c`,
        `${kind} a c`,
      ])
    },
  )

  it('do not wait for a lock that is in the way only of deletes, as a foreign key holds it, unless they delete', async () => {
    const { sent, table, write } = storeWith({ timeout, seesLocks: true, lanes: 2 })
    const held = performance.now() + 1_000
    for (const sid of ['a', 'b']) {
      table.rows.set(sid, { sid, sess: 'sess', expired: later })
      table.locks.set(sid, { until: held, seen: true, against: 'delete' })
    }
    const written = write(set('a', 'new'))
    const destroyed = write(destroy('b'))
    await pass(1)
    expect([written, destroyed]).toEqual([[0], []])
    await pass(900)
    expect(sent).toContain('look delete b')
    expect(sent.filter((each) => each.startsWith('look update'))).toEqual([])
    await pass(500)
    expect(destroyed).toEqual([1])
  })
})

it.each([
  { left: 10_000, longest: lockTimeout },
  { left: 600, longest: 300 },
])(
  'a write with $left ms left waits $longest ms for a lock, so that the others can go again',
  async ({ left, longest }) => {
    const { gateway } = new FakeTable(() => undefined, { seesLocks: true })
    const upsert = jest.spyOn(gateway, 'upsert')
    const { writes } = new Delivery(gateway, {
      now: () => toEpochMs(0),
      createTable: true,
      lanes: 1,
      timeout,
      onOutage: () => undefined,
    })
    const deadline = performance.now() + left
    await writes.carry('set', [set('a')], deadline)
    expect(upsert).toHaveBeenCalledWith([set('a').row], deadline, longest)
  },
)

describe('joined writes of one session on a database that cannot tell locks', () => {
  it('fail as one when a lock outlasts every attempt', async () => {
    const { sent, table, write } = storeWith({ timeout: 60_000 })
    table.fates = [
      { ms: 100 },
      ...Array.from({ length: 31 }, () => ({ ms: 0, fails: 'locked' as const })),
    ]
    write(set('busy'))
    await pass(10)
    const heard = [set('a', 'first'), set('a', 'second')].map(write)
    await pass(30_000)
    expect(heard).toEqual([['locked'], ['locked']])
    expect(sent.filter((each) => each === 'upsert a')).toHaveLength(31)
    expect(table.rows.has('a')).toBe(false)
  })
})

it('a write that is under way by itself waits for a lock as long as it may, and those that come meanwhile do not', async () => {
  let answer: () => void = () => undefined
  const first = new Promise<void>((resolve) => (answer = resolve))
  const { gateway } = new FakeTable(() => undefined, { seesLocks: true })
  const upsert = jest.spyOn(gateway, 'upsert').mockImplementationOnce(() => first)
  const { writes } = new Delivery(gateway, {
    now: () => toEpochMs(0),
    createTable: false,
    lanes: 2,
    timeout,
    onOutage: () => undefined,
  })
  const deadline = performance.now() + 10_000
  const both = [
    writes.carry('set', [set('a')], deadline),
    writes.carry('set', [set('b')], deadline),
  ]
  await until(() => upsert.mock.calls.length === 2)
  answer()
  await Promise.all(both)
  await writes.carry('set', [set('c')], deadline)
  expect(upsert.mock.calls.map(([, , limit]) => limit)).toEqual([undefined, lockTimeout, undefined])
})

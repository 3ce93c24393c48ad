import { toEpochMs } from '../src/dialect/index.js'
import { digestOf } from '../src/session/stored-id.js'
import { StoredRows } from '../src/store/stored-rows.js'
import { later, storeWith } from './fake-store.js'

const now = () => toEpochMs(1_000_000)
const [a, b] = [digestOf('a'), digestOf('b')]

function rowsWith(hashIds: boolean | { readonly fallback?: boolean }) {
  const { calls, table, sent } = storeWith()
  const rows = new StoredRows(calls, table.gateway, { hashIds, now })
  const row = (sid: string) => ({ sid, sess: 'sess', expired: later })
  const call = (start: (done: (error: unknown, result?: unknown) => void) => void) =>
    new Promise((resolve, reject) => {
      start((error, result) => {
        if (error === null) resolve(result)
        else reject(error)
      })
    })
  return {
    sent: () => sent.splice(0).filter((statement) => statement !== 'create'),
    store: (...sids: string[]) => sids.forEach((sid) => table.rows.set(sid, row(sid))),
    read: (sid: string) => call((done) => rows.read(sid, calls.deadline, done)),
    set: (sid: string, plain?: string) =>
      call((done) => {
        const how = { plainSid: plain, deadline: calls.deadline }
        rows.write({ kind: 'set', row: row(sid) }, how, done)
      }),
    destroy: (sid: string, areFound = false) =>
      call((done) => rows.destroy([sid], { areFound, deadline: calls.deadline }, done)),
    close: () => calls.close(Promise.resolve()),
  }
}

it('without hashed ids each call is one statement, on the id itself', async () => {
  const { sent, read, set, destroy } = rowsWith(false)
  await read('a')
  await set('a', 'a')
  await read('a')
  await destroy('a', true)
  expect(sent()).toEqual(['read a', 'upsert a', 'read a', 'destroy a'])
})

it('without the fallback each call is one statement, on the digest', async () => {
  const { sent, read, set, destroy } = rowsWith({ fallback: false })
  await read('a')
  await set(a, 'a')
  await destroy('a')
  expect(sent()).toEqual([`read ${a}`, `upsert ${a}`, `destroy ${a}`])
})

it('a session that is found, or was loaded, costs no second statement; only a miss does', async () => {
  const { sent, store, read, set } = rowsWith(true)
  store(a)
  await read('a')
  await set(a)
  expect(sent()).toEqual([`read ${a}`, `upsert ${a}`])
  expect(await read('b')).toBeUndefined()
  expect(sent()).toEqual([`read ${b}`, 'read b', `read ${b}`])
})

it.each([{}, { fallback: undefined }])('%j is the fallback as well', async (hashIds) => {
  const { sent, read } = rowsWith(hashIds as { readonly fallback?: boolean })
  await read('a')
  expect(sent()).toEqual([`read ${a}`, 'read a', `read ${a}`])
})

it('ending a session looks for the plain row first, and then for the digest', async () => {
  const { sent, store, destroy } = rowsWith(true)
  store(a, 'a')
  expect(await destroy('a')).toBe(2)
  expect(sent()).toEqual(['destroy a', `destroy ${a}`])
})

it('requests that miss together look together', async () => {
  const { sent, read } = rowsWith(true)
  await Promise.all(Array.from({ length: 20 }, () => read('a')))
  expect(sent()).toEqual([`read ${a}`, 'read a', `read ${a}`])
})

it('a store that is closed sends nothing for a call', async () => {
  const { sent, read, set, destroy, close } = rowsWith(true)
  await close()
  for (const call of [read('a'), set(a, 'a'), destroy('a')])
    await expect(call).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  await new Promise((resolve) => setImmediate(resolve))
  expect(sent()).toEqual([])
})

/** A promise that the test settles. */
export interface Deferred<Value> {
  readonly promise: Promise<Value>
  resolve(value: Value): void
  reject(error: unknown): void
}

export function deferred<Value = unknown>(): Deferred<Value> {
  let resolve!: (value: Value) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<Value>((...settle) => ([resolve, reject] = settle))
  return { promise, resolve, reject }
}

/** How a promise has ended so far: `pending`, `done`, or the code of the error. */
export function endOf(promise: Promise<unknown>): { readonly now: string } {
  const end = { now: 'pending' }
  promise.then(
    () => (end.now = 'done'),
    (error: unknown) => (end.now = String((error as { code?: unknown }).code)),
  )
  return end
}

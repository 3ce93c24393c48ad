/**
 * Whether code of the application returned a promise where it has to return the value itself. What
 * becomes of the promise concerns nobody then: its rejection counts as handled, so that it neither
 * ends the process nor is printed, since it may quote a session.
 */
export function isPromise(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  try {
    const { then } = value as { readonly then?: unknown }
    if (typeof then !== 'function') return false
    then.call(value, ignore, ignore)
    return true
  } catch {
    return false
  }
}

function ignore(): void {
  // Nobody waits for it.
}

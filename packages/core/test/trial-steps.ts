import type { Fate } from './fake-table.js'

/** The sessions of a trial. */
export const sids: readonly string[] = ['a', 'b']

/**
 * What the application does, or another client, in their order. `lasts`: whether the session has
 * not expired. `refused`: by the database. A request writes a session that it made by `insert`, and
 * one that it loaded by `update`.
 */
export type Step =
  | {
      readonly kind: 'set' | 'insert' | 'update'
      readonly sid: string
      readonly lasts: boolean
      readonly refused: boolean
    }
  | { readonly kind: 'touch'; readonly sid: string; readonly lasts: boolean }
  | { readonly kind: 'destroy' | 'get'; readonly sid: string }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'lock'; readonly sid: string; readonly ms: number; readonly seen: boolean }

/** What happens in a trial, and what the store is like. */
export interface World {
  readonly steps: readonly Step[]
  readonly fates: readonly Fate[]
  readonly timeout: number
  readonly lanes: number
  /** The most sessions of a statement. */
  readonly most: number
  readonly seesLocks: boolean
}

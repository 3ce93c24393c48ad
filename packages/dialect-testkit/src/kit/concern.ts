import type { Scene } from '../scene/scene.js'
import type { CompleteTarget } from './target.js'

/**
 * Laws about one concern, each by the sentence it is called in the test report. A law is broken
 * when its check throws or rejects.
 */
export interface Concern {
  readonly title: string
  /** Whether the target has what these laws are about. Default: every target has. */
  readonly appliesTo?: (target: CompleteTarget) => boolean
  /** Laws of the adapter without a database. */
  readonly pure?: Readonly<Record<string, (target: CompleteTarget) => void>>
  /** Laws that need the database. */
  readonly onDatabase?: Readonly<Record<string, (scene: Scene) => Promise<void>>>
}

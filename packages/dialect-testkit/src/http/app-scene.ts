import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import type { SessionOptions } from 'express-session'
import type { Scene } from '../scene/scene.js'
import { Browser, type Answer } from './browser.js'
import { startApp, type RunningApp } from './http-app.js'

/** What a law about an app works with. */
export interface AppScene {
  readonly scene: Scene
  readonly store: KnexSessionStore
  readonly app: RunningApp
  readonly browser: Browser
}

/** A law about an app that runs with the given options of express-session. */
export function withApp(
  options: Partial<SessionOptions>,
  check: (law: AppScene) => Promise<void>,
): (scene: Scene) => Promise<void> {
  return async (scene) => {
    const store = scene.store()
    const app = await startApp(store, options)
    try {
      await check({ scene, store, app, browser: new Browser(app.url) })
    } finally {
      await app.close()
    }
  }
}

/** The session id in an answer. */
export function sidIn({ body }: Answer): string {
  assert.equal(typeof body['sid'], 'string')
  return body['sid'] as string
}

/** Logs in; resolves to the id of the session. */
export async function logIn(browser: Browser, user = 'ann'): Promise<string> {
  const answer = await browser.post(`/login/${user}`)
  assert.equal(answer.status, 200)
  return sidIn(answer)
}

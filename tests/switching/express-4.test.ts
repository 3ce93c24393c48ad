import express from 'express'
import { describeLaws } from '../../packages/dialect-testkit/src/kit/describe-laws.js'
import { endedSessions } from '../../packages/dialect-testkit/src/laws/ended-sessions.js'
import { expressApp } from '../../packages/dialect-testkit/src/laws/express-app.js'
import { databases, type TestConnection } from '../rig/servers/databases.js'

// The laws of an app are written for Express 5 and must hold on Express 4 too.
jest.mock('express', () => jest.requireActual<object>('express4'))

it('runs Express 4', () => {
  // Its router makes itself known by a method that Express 5 no longer has.
  expect(typeof (express() as unknown as { lazyrouter?: unknown }).lazyrouter).toBe('function')
})

const opened: TestConnection[] = []
afterAll(async () => {
  for (const { close } of opened) await close()
})

for (const { name, adapter, open } of databases) {
  const connect = () => {
    const connection = open()
    opened.push(connection)
    return connection.knex
  }
  describeLaws(
    { describe, it, beforeAll, afterAll },
    { name: `Express 4 on ${name}`, adapter, connect, capabilities: { knexInstances: 1 } },
    [expressApp, endedSessions],
  )
}

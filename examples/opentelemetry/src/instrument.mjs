import { subscribe } from 'node:diagnostics_channel'
import { metrics, SpanStatusCode, trace } from '@opentelemetry/api'

/**
 * Makes a span of each call of a store, a child of the request's, and counts what goes to the
 * database. Call it once, after the SDK of the application has been set up.
 */
export function instrumentSessions() {
  const tracer = trace.getTracer('knex-session')
  const meter = metrics.getMeter('knex-session')
  const calls = meter.createHistogram('session.call.duration', { unit: 'ms' })
  const sessions = meter.createHistogram('session.batch.size', { unit: '{session}' })
  const retries = meter.createCounter('session.batch.retries')
  const statements = meter.createHistogram('session.statement.duration', { unit: 'ms' })

  subscribe('knex-session:call', (message) => {
    const { operation, dialect, startTime, duration, outcome } =
      /** @type {import('@knex-session/core').CallMessage} */ (message)
    const start = performance.timeOrigin + startTime
    const attributes = { 'session.operation': operation, 'session.dialect': dialect, outcome }
    calls.record(duration, attributes)
    const span = tracer.startSpan(`session ${operation}`, { startTime: start, attributes })
    if (outcome !== 'ok') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome })
    span.end(start + duration)
  })
  subscribe('knex-session:batch', (message) => {
    const { operation, dialect, ...batch } =
      /** @type {import('@knex-session/core').BatchMessage} */ (message)
    const attributes = { 'session.operation': operation, 'session.dialect': dialect }
    sessions.record(batch.sessions, attributes)
    retries.add(Math.max(0, batch.attempts - 1), attributes)
  })
  subscribe('knex-session:statement', (message) => {
    const { operation, dialect, duration, outcome } =
      /** @type {import('@knex-session/core').StatementMessage} */ (message)
    const attributes = { 'session.operation': operation, 'session.dialect': dialect, outcome }
    statements.record(duration, attributes)
  })
}

// Twenty calls of a store, and what OpenTelemetry makes of them, on the console.
import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import { metrics, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import createKnex from 'knex'
import { instrumentSessions } from './instrument.mjs'

const spans = new InMemorySpanExporter()
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
)
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter })
const provider = new MeterProvider({ readers: [reader] })
metrics.setGlobalMeterProvider(provider)
instrumentSessions()

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
const store = new KnexSessionStore({ knex })
await store.ready
const session = { cookie: { originalMaxAge: 60_000 }, user: 'ada' }
const sids = Array.from({ length: 10 }, (_, index) => `session-${String(index)}`)
await Promise.all(sids.map((sid) => store.set(sid, /** @type {any} */ (session))))
await Promise.all(sids.map((sid) => store.get(sid)))

await reader.forceFlush()
const finished = spans.getFinishedSpans()
console.log(`${String(finished.length)} spans, the first: ${finished[0]?.name ?? 'none'}`)
for (const { scopeMetrics } of exporter.getMetrics())
  for (const { metrics: all } of scopeMetrics)
    for (const { descriptor, dataPoints } of all)
      for (const { attributes, value } of dataPoints)
        console.log(
          `${descriptor.name} of ${String(attributes['session.operation'])}, ${String(attributes['outcome'] ?? 'all')}:`,
          typeof value === 'number' ? value : `${String(value.count)} recorded`,
        )
await provider.shutdown()
await store.close()
await knex.destroy()

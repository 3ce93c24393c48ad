import type { Knex } from 'knex'
import type { Concern } from './concern.js'
import type { TestRunner } from './runner.js'
import { Scene } from '../scene/scene.js'
import { completeTarget, type CompleteTarget, type ConformanceTarget } from './target.js'
import { ReportedErrors } from './reported-errors.js'

/** Connections of the knex instance that the laws of one target share. */
const sharedConnections = 5

/**
 * Defines the laws of the given concerns as tests. Those that need a database are defined only
 * where the target has one.
 */
export function describeLaws(
  runner: TestRunner,
  target: ConformanceTarget,
  concerns: readonly Concern[],
): void {
  const reported = new ReportedErrors()
  const complete = completeTarget({ ...target, adapter: reported.watch(target.adapter) })
  const applying = concerns.filter((concern) => concern.appliesTo?.(complete) ?? true)
  const left = concerns.filter((concern) => !applying.includes(concern)).map(({ title }) => title)
  runner.describe(`${target.name}: the adapter by itself`, () => {
    describePure(runner, complete, applying)
  })
  const { connect } = complete
  if (connect) {
    // In the title, so that every runner shows which laws there are beside those that ran.
    runner.describe(
      `${target.name}: on the database${left.length === 0 ? '' : ` (left out: ${left.join('; ')})`}`,
      () => {
        describeOnDatabase(runner, complete, { connect, reported }, applying)
      },
    )
  }
}

function describePure(
  runner: TestRunner,
  target: CompleteTarget,
  concerns: readonly Concern[],
): void {
  for (const { title, pure } of concerns) {
    if (!pure) continue
    runner.describe(title, () => {
      for (const [law, check] of Object.entries(pure)) {
        runner.it(law, async () => {
          await Promise.resolve()
          check(target)
        })
      }
    })
  }
}

function describeOnDatabase(
  runner: TestRunner,
  target: CompleteTarget,
  {
    connect,
    reported,
  }: {
    readonly connect: NonNullable<ConformanceTarget['connect']>
    readonly reported: ReportedErrors
  },
  concerns: readonly Concern[],
): void {
  let shared: Knex | undefined
  const knex = () => (shared ??= connect({ connections: sharedConnections }))
  runner.beforeAll(() => {
    knex()
  })
  runner.afterAll(async () => {
    await shared?.destroy()
  })
  for (const { title, onDatabase } of concerns) {
    if (!onDatabase) continue
    runner.describe(title, () => {
      for (const [law, check] of Object.entries(onDatabase)) {
        runner.it(law, () =>
          play(new Scene(target, { knex: knex(), open: connect }), check, reported),
        )
      }
    })
  }
}

/**
 * Checks a law and cleans up. When both fail, the law's failure is the one to report: the other
 * usually follows from it.
 */
async function play(
  scene: Scene,
  check: (scene: Scene) => Promise<void>,
  reported: ReportedErrors,
): Promise<void> {
  reported.clear()
  try {
    await check(scene)
  } catch (broken) {
    reported.addTo(broken)
    await scene.end().catch(() => undefined)
    throw broken
  }
  await scene.end()
}

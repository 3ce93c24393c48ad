import { join } from 'node:path'
import ts from 'typescript'
import { served } from '../src/apps.mjs'
import { run } from '../src/run.mjs'
import { setups, writeProject } from '../src/types.mjs'
import { consumer } from './folders.js'

const version = Number.parseInt(ts.version, 10)
const compiler = join(__dirname, '../../../node_modules/typescript/bin/tsc')

// The compilers of other versions: consumers/extended.
it.each(Object.entries(setups).filter(([, { until = version }]) => version <= until))(
  'TypeScript of this repository: %s',
  async (name, setup) => {
    const project = writeProject(consumer, setup, `types-${name.replaceAll(/\W/g, '')}`, version)
    await run(process.execPath, [compiler, '--project', project], { cwd: consumer })
    if (setup.runs !== undefined)
      expect(await run(process.execPath, [join(project, setup.runs)], { cwd: consumer })).toBe(
        served,
      )
  },
)

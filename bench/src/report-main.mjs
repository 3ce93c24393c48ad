// Writes docs/benchmarks.md anew from a file of results: node src/report-main.mjs results/<date>.json
import { readFileSync } from 'node:fs'
import { printTables } from './console-tables.mjs'
import { writeReport } from './report.mjs'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('name a file of bench/results')
const run = JSON.parse(readFileSync(file, 'utf8'))
printTables(run)
await writeReport(run)

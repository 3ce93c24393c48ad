// Writes docs/benchmarks.md anew from files of results, later ones over earlier ones: node
// src/report/main.mjs results/<date>.json ...
import { readFileSync } from 'node:fs'
import { printTables } from './console-tables.mjs'
import { mergeRuns } from './merge-runs.mjs'
import { writeReport } from './page.mjs'

const files = process.argv.slice(2)
if (files.length === 0) throw new Error('name a file of bench/results')
const run = mergeRuns(files.map((file) => JSON.parse(readFileSync(file, 'utf8'))))
printTables(run)
await writeReport(run)

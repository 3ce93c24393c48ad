// Writes docs/comparison.md anew from a file of results, or prints it with --print: node
// src/compare/report.mjs results/comparison-<date>.json [--print]
import { readFileSync } from 'node:fs'
import { pageOf, writePage } from './page.mjs'

const [file, print] = process.argv.slice(2)
if (file === undefined) throw new Error('name a file of bench/results')
const run = JSON.parse(readFileSync(file, 'utf8'))
if (print === '--print') process.stdout.write(await pageOf(run))
else await writePage(run)

#!/usr/bin/env node
import { run } from './program.js'

// Whoever reads the answer may have read enough, as `head` does.
process.stdout.on('error', () => undefined)
void run(process.argv).then((code) => {
  process.exitCode = code
})

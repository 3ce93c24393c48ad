import Table from 'cli-table3'
import { spread } from './statistics.mjs'

/** A figure with its spread, as `12,345 (11,000–13,000)`. @param {readonly number[]} samples */
export function figure(samples) {
  const { median, min, max } = spread(samples)
  return `${whole(median)} (${whole(min)}–${whole(max)})`
}

/** @param {number} value */
export const whole = (value) => Math.round(value).toLocaleString('en-US')

/** @param {any} run */
export function printTables(run) {
  console.log(JSON.stringify({ machine: run.machine, servers: run.servers, packages: run.packages }, undefined, 2))
  const calls = run.cells.filter(({ suite }) => suite === 'calls')
  for (const size of new Set(calls.map((cell) => cell.size))) {
    for (const workload of new Set(calls.map((cell) => cell.workload))) {
      const some = calls.filter((cell) => cell.size === size && cell.workload === workload)
      const callers = [...new Set(some.map((cell) => cell.callers))]
      const table = new Table({ head: [`${workload}/s, ${size} bytes`, ...callers.map((count) => `${count} callers`)] })
      for (const id of new Set(some.map((cell) => `${cell.database}/${cell.contender}`))) {
        const row = callers.map((count) => some.find((cell) => cell.callers === count && `${cell.database}/${cell.contender}` === id))
        table.push([id, ...row.map((cell) => (cell ? figure(cell.samples) : ''))])
      }
      console.log(table.toString())
    }
  }
}

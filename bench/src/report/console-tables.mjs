import Table from 'cli-table3'
import { tablesOf, targetTable } from './tables.mjs'

/**
 * Prints a run: what it ran on, every figure as median (least–greatest), and the targets. @param
 * {any} run
 */
export function printTables(run) {
  const { cpu, cores, memoryGb, system, node } = run.machine
  console.log(`${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node.js ${node}`)
  for (const versions of [run.servers, run.packages]) {
    console.log(
      Object.entries(versions)
        .map((pair) => pair.join(' '))
        .join(', '),
    )
  }
  for (const table of [...tablesOf(run), targetTable(run)].filter((each) => each.rows.length > 0))
    printTable(table)
}

/** @param {import('./tables.mjs').TableData} data */
export function printTable({ title, head, rows }) {
  const table = new Table({ head, style: { head: [], border: [] } })
  table.push(...rows)
  console.log(`\n${title}\n${table.toString()}`)
}

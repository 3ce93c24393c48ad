/**
 * A fault or an order of calls that each store is put to: a file each. What it exports as `inside`
 * is called within the application, with the store and an argument.
 * @typedef {object} Scenario
 * @property {string} name as its file
 * @property {string} title
 * @property {(numbers: import('../options.mjs').Numbers) => string} what happens in it
 * @property {readonly Figure[]} figures
 * @property {'databases' | 'stores'} [together] which run at the same time, where most of it is
 * waiting. Default: none
 * @property {(stage: Stage) => Promise<Record<string, number>>} run gives the figures
 *
 * @typedef {object} Figure
 * @property {string} key
 * @property {string} title
 * @property {'ms'} [unit] Default: a count
 * @property {boolean} [isContext] whether more or less of it is neither better nor worse. Default:
 * false, which is that less is better
 *
 * @typedef {object} Stage
 * @property {import('../../../../scripts/servers/process.mjs').Server} server
 * @property {import('../options.mjs').Numbers} numbers
 * @property {(options?: import('../application-process.mjs').ApplicationOptions & { url?: string })
 * => Promise<import('../application-process.mjs').Application>} start an application; all of one
 * stage share a table. `url`: of the server, by another way
 */

export {}

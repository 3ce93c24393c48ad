/**
 * What the arguments of a command ask for; undefined where they are wrong, or only ask for the help:
 * either was said then, and the exit code is set.
 * @template {{ readonly help: boolean }} Options
 * @param {(args: readonly string[], env: NodeJS.ProcessEnv) => Options} readOptions throws an error
 * whose message says what is wrong
 * @param {string} usage
 * @returns {Options | undefined}
 */
export const readArguments = (readOptions, usage) => {
  try {
    const options = readOptions(process.argv.slice(2), process.env)
    if (!options.help) return options
    console.log(usage)
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${usage}`)
    process.exitCode = 1
  }
  return undefined
}

import { readOptions, usage } from './options.mjs'
import { startDemo } from './server.mjs'

/**
 * One Ctrl-C arrives several times, from the terminal and from each npm in between, within this
 * many ms.
 */
const echo = 500

/**
 * What the user can do about an error at the start; undefined for one that was not foreseen.
 * @param {unknown} error
 * @param {import('./options.mjs').Options} options
 */
const advice = (error, { port, file }) => {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use, perhaps by another demo. Stop that, or choose another: npm start -- --port ${port + 1}`
  if (code === 'EACCES' && message.includes('listen'))
    return `Listening on port ${port} is not allowed. Choose one from 1024 on: npm start -- --port 3000`
  return `The file ${file} cannot be used: ${message}\n\nChoose one in a directory you may write to: npm start -- --file /tmp/demo.sqlite`
}

const readArguments = () => {
  try {
    return readOptions(process.argv.slice(2), process.env)
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${usage}`)
    return undefined
  }
}

/** @param {() => Promise<void>} close */
const closeOnSignal = (close) => {
  let closingSince = 0
  const onSignal = () => {
    if (closingSince === 0) {
      closingSince = Date.now()
      console.log('\nClosing; the sessions stay in the file. Ctrl-C again ends at once.')
      void close()
    } else if (Date.now() - closingSince > echo) {
      process.exit(1)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, onSignal)
}

/** @param {import('./options.mjs').Options} options */
const main = async (options) => {
  try {
    const demo = await startDemo(options)
    closeOnSignal(demo.close)
    console.log(
      `The demo runs at ${demo.url}\nIts sessions are in ${options.file}\nCtrl-C stops it.`,
    )
  } catch (error) {
    console.error(advice(error, options))
    process.exitCode = 1
  }
}

const options = readArguments()
if (options === undefined) process.exitCode = 1
else if (options.help) console.log(usage)
else await main(options)

// The files that requiring the modules of the command line loads, with their sizes.
const { statSync } = require('node:fs')

for (const name of process.argv.slice(2)) require(name)
console.log(
  JSON.stringify(Object.keys(require.cache).map((file) => ({ file, bytes: statSync(file).size }))),
)

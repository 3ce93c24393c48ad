// Reads a JSON array of statements from standard input and writes, for each, the complaints of the
// PL/SQL grammar. A process of its own: the grammar is an ES module, which jest does not load.
import { getParserFromInput } from '@griffithswaite/ts-plsql-parser'

/** @param {string} sql */
function complaints(sql) {
  /** @type {string[]} */
  const found = []
  const listener = {
    /**
     * @type {(recognizer: unknown, symbol: unknown, line: number, column: number, message: string)
     * => void}
     */
    syntaxError: (_recognizer, _symbol, line, column, message) =>
      void found.push(`${line}:${column} ${message}`),
    reportAmbiguity() {},
    reportAttemptingFullContext() {},
    reportContextSensitivity() {},
  }
  // The grammar is of scripts: a statement of SQL ends with a semicolon there, a block with its
  // own.
  const parser = getParserFromInput(/;\s*$/.test(sql) ? sql : `${sql};`)
  for (const recognizer of [parser, parser.getTokenStream().tokenSource]) {
    recognizer.removeErrorListeners()
    recognizer.addErrorListener(listener)
  }
  parser.sql_script()
  return found
}

let input = ''
for await (const chunk of process.stdin) input += chunk
process.stdout.write(JSON.stringify(JSON.parse(input).map(complaints)))

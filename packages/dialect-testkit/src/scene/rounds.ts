/**
 * How many of the rounds that a law plays on a database are played: the share that the variable
 * `KNEX_SESSION_ROUNDS` says, of slow servers, and `fewest` at least.
 *
 * Throws a TypeError when the variable is not a share.
 */
export function roundsOf(rounds: number, fewest = 1): number {
  const given = process.env['KNEX_SESSION_ROUNDS'] ?? ''
  const share = given === '' ? 1 : Number(given)
  if (!(share > 0 && share <= 1))
    throw new TypeError(
      `KNEX_SESSION_ROUNDS is '${given}': expected a share of the rounds above 0 and up to 1, such as 0.1`,
    )
  return Math.max(fewest, Math.ceil(rounds * share))
}

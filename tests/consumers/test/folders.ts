import { packedIn } from '../../../scripts/steps/packed.mjs'

const given = (name: string): string => {
  const folder = process.env[name]
  if (folder === undefined)
    throw new Error(
      `${name} is not set: run these tests by npm run jest -- --selectProjects consumers`,
    )
  return folder
}

/** The packed packages. */
export const packed = packedIn(given('KNEX_SESSION_TARBALLS'))

/** The command, which is a program and exports nothing. */
export const command = packed.find(({ name }) => name === '@knex-session/cli')!

/** The others, which applications import. */
export const libraries = packed.filter((each) => each !== command)

/** The folder that npm installed them in. */
export const consumer: string = given('KNEX_SESSION_CONSUMER')

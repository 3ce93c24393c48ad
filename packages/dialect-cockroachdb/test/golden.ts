import { goldensOf } from '../../dialect-testkit/test/golden.js'

export { asText } from '../../dialect-testkit/test/golden.js'
export const { native, golden } = goldensOf('pg')

/** The part of a request of tedious that parameters are given to. */
interface Request {
  addParameter(name: string, type: Type, value: unknown, options?: object): void
}

/** A data type of tedious. */
interface Type {
  readonly name?: string
}

/** The part of knex's client that gives a request its parameters. */
interface Client {
  _setReqInput(request: Request, place: number, binding: unknown): void
}

/** The most characters of an id: what ids, points in time and nulls are declared with. */
const longestId = 255

/**
 * What a client of knex for the store does otherwise (`_setReqInput`, `lib/dialects/mssql/index.js`
 * of knex 3.0 to 3.3): texts are declared `nvarchar(255)` or `nvarchar(max)`.
 *
 * tedious by itself declares a text by its own length (`declaration`, `lib/data-types/nvarchar.js`
 * of tedious 18 and 19), and SQL Server keeps a plan for every distinct list of declarations:
 * nearly every write would compile a plan and push another out of the cache. A `length` of the
 * parameter comes before that of the value; infinite means `max`.
 */
export function declaringAlike(shared: object): PropertyDescriptorMap {
  const client = shared as Client
  return {
    _setReqInput: {
      value(this: Client, request: Request, place: number, binding: unknown) {
        const declaring: Request = {
          addParameter(name, type, value, options) {
            const length = lengthOf(type, value)
            request.addParameter(name, type, value, length ? { ...options, length } : options)
          },
        }
        client._setReqInput.call(this, declaring, place, binding)
      },
    },
  }
}

function lengthOf({ name }: Type, value: unknown): number | undefined {
  if (name !== 'NVarChar') return undefined
  return typeof value === 'string' && value.length > longestId ? Infinity : longestId
}

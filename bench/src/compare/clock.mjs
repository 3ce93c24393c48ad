/**
 * Has the clock of this process go wrong from now on.
 * @param {number} offset in ms; above zero it is ahead
 */
export function shiftClock(offset) {
  const Right = Date
  globalThis.Date = class extends Right {
    constructor(...values) {
      if (values.length === 0) super(Right.now() + offset)
      else super(.../** @type {[any]} */ (values))
    }

    static now() {
      return Right.now() + offset
    }
  }
}

/**
 * Makes one animated picture of pictures of one size
 * (https://developers.google.com/speed/webp/docs/riff_container).
 * @param {readonly { readonly webp: Buffer, readonly ms: number }[]} frames lossy ones, each with
 * how long it is shown
 * @param {{ readonly width: number, readonly height: number }} size
 */
export const animatedWebp = (frames, { width, height }) => {
  const animation = 0b10
  const forEver = 0
  const body = Buffer.concat([
    chunk('VP8X', numbers([animation, 1], [0, 3], [width - 1, 3], [height - 1, 3])),
    chunk('ANIM', numbers([0, 4], [forEver, 2])),
    ...frames.map(({ webp, ms }) => {
      const head = numbers([0, 3], [0, 3], [width - 1, 3], [height - 1, 3], [ms, 3], [0, 1])
      return chunk('ANMF', Buffer.concat([head, pictureIn(webp)]))
    }),
  ])
  return chunk('RIFF', Buffer.concat([Buffer.from('WEBP'), body]))
}

/**
 * @param {string} name
 * @param {Buffer} data
 */
const chunk = (name, data) =>
  Buffer.concat([Buffer.from(name), numbers([data.length, 4]), data, Buffer.alloc(data.length % 2)])

/** @param {readonly (readonly [value: number, bytes: number])[]} values */
const numbers = (...values) =>
  Buffer.concat(
    values.map(([value, bytes]) => {
      const buffer = Buffer.alloc(bytes)
      buffer.writeUIntLE(value, 0, bytes)
      return buffer
    }),
  )

/**
 * The chunk `VP8 ` of a file, whole.
 * @param {Buffer} file
 */
const pictureIn = (file) => {
  for (let at = 12; at < file.length;) {
    const length = file.readUInt32LE(at + 4)
    const end = at + 8 + length + (length % 2)
    if (file.toString('latin1', at, at + 4) === 'VP8 ') return file.subarray(at, end)
    at = end
  }
  throw new Error('no lossy picture in this file')
}

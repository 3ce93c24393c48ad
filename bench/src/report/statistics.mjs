/** The middle value; between two, their mean. @param {readonly number[]} values */
export function median(values) {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Median, least and greatest.
 * @param {readonly number[]} values
 * @returns {{ median: number, min: number, max: number }}
 */
export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

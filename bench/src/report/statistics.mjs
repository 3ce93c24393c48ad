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

/**
 * The median, and an interval of two of the values in which the median of what they were drawn from
 * lies in at least 95 of 100 cases: by their ranks (the sign test turned round), so that no
 * distribution is taken for granted and one odd value moves little.
 * @param {readonly number[]} values at least six; no interval of fewer is that sure
 * @returns {{ median: number, low: number, high: number }} of fewer than six values, `low` is 0 and
 * `high` infinite
 */
export function medianInterval(values) {
  const count = values.length
  const sorted = [...values].sort((one, other) => one - other)
  let cut = 0
  // How likely it is that at most `cut` of the values lie on one side of the median.
  let sum = 2 ** -count
  for (let ways = 1; sum <= 0.025; sum += ways * 2 ** -count) {
    cut += 1
    ways *= (count - cut + 1) / cut
  }
  return {
    median: median(values),
    low: sorted[cut - 1] ?? 0,
    high: cut === 0 ? Infinity : (sorted[count - cut] ?? Infinity),
  }
}

import Bowser from 'bowser'

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** @type {readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[]} */
const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/**
 * How far a moment is from now, such as "3 minutes ago" or "in 7 days": right in every time zone.
 * @param {Date} moment
 */
const distance = (moment) => {
  const ms = moment.getTime() - Date.now()
  const [unit, length] = units.find(([, length]) => Math.abs(ms) >= length * 0.95) ?? []
  return unit && length ? relative.format(Math.round(ms / length), unit) : undefined
}

/** @param {Date | null} moment */
export const ago = (moment) => (moment && distance(moment)) ?? 'just now'

/** @param {Date} moment */
export const soon = (moment) => distance(moment) ?? 'in less than a minute'

/**
 * The browser that a request came from, such as "Firefox on Linux".
 * @param {import('express').Request} request
 */
export const deviceOf = (request) => {
  const { browser, os } = Bowser.parse(request.get('User-Agent') || 'unknown')
  return [browser.name || 'Unknown browser', os.name].filter(Boolean).join(' on ')
}

import { program } from './program.mjs'

/** The path of a Chromium, or of what is made of it. */
export const chromium = () =>
  program('chromium', 'chromium', ['chromium-browser', 'google-chrome', 'google-chrome-stable'])

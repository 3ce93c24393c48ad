import { csrfSync } from 'csrf-sync'
import helmet from 'helmet'

/**
 * Pages take styles, scripts and pictures from here and nothing else, and are kept in no cache:
 * going back after a log-out must not show one again.
 * @type {import('express').RequestHandler[]}
 */
export const securityHeaders = [
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // A promise to use https from now on, which a demo on 127.0.0.1 cannot keep.
    strictTransportSecurity: false,
  }),
  (_request, response, next) => {
    response.set('Cache-Control', 'no-store')
    next()
  },
]

/**
 * Refuses forms that a browser says come from elsewhere. The cookie's `sameSite: 'lax'` does most
 * of this already, but to a browser every port of 127.0.0.1 is the same site, and a log-in needs no
 * cookie.
 * @type {import('express').RequestHandler}
 */
export const refuseOtherSites = (request, _response, next) => {
  const from = request.get('Sec-Fetch-Site')
  const own = from === undefined || from === 'same-origin' || from === 'none'
  if (request.method !== 'POST' || own) return next()
  return next(Object.assign(new Error('a form of another site'), { status: 403 }))
}

/**
 * A token in the session that each form has to send along, so that no other site can send one in
 * the user's name, whatever his browser says.
 */
export const { generateToken, csrfSynchronisedProtection: refuseFormsWithoutToken } = csrfSync({
  getTokenFromRequest: (request) => request.body?.token,
})

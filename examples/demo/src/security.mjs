const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Pages take a stylesheet and an icon from here and nothing else: no script, no frame, no other
 * site. None is kept in a cache, since going back after a log-out must not show it again.
 * @param {import('express').Request} _request
 * @param {import('express').Response} response
 * @param {import('express').NextFunction} next
 */
export const securityHeaders = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': contentSecurityPolicy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  })
  next()
}

/**
 * Refuses forms that a browser says come from elsewhere. The cookie's `sameSite: 'lax'` does most
 * of this already, but to a browser every port of 127.0.0.1 is the same site, and a log-in needs no
 * cookie.
 * @param {import('express').Request} request
 * @param {import('express').Response} _response
 * @param {import('express').NextFunction} next
 */
export const refuseOtherSites = (request, _response, next) => {
  const from = request.get('Sec-Fetch-Site')
  const own = from === undefined || from === 'same-origin' || from === 'none'
  next(
    request.method === 'POST' && !own
      ? Object.assign(new Error('a form of another site'), { status: 403 })
      : undefined,
  )
}

import { cookieHeaders } from '../../http/cookies.mjs'
import { silentProxy } from '../silent-proxy.mjs'
import { ask } from '../visitors.mjs'

const visitors = 8

/** @type {import('./scenario.mjs').Scenario} */
export const scenario = {
  name: 'silent-server',
  title: 'The server accepts and says nothing',
  together: 'stores',
  what: ({ hangMs }) =>
    `The application reaches the server by a proxy. After some requests the proxy still takes connections and bytes, but hands nothing on, as a firewall that drops packets. ${visitors} visitors then make a request each and wait ${hangMs / 1_000} s. An answer is an error here, since there is no session without the server. Drivers may have limits that are off by default, such as \`query_timeout\` of pg and \`socketTimeout\` of redis. They are not set here; they would end these requests too.`,
  figures: [
    { key: 'hung', title: `Without an answer, of ${visitors}` },
    { key: 'longest', title: 'Longest request', unit: 'ms' },
  ],
  async run({ server, numbers, start }) {
    const proxy = await silentProxy(server.url)
    const application = await start({ url: proxy.url, sessions: visitors, survives: true })
    const cookies = cookieHeaders().slice(0, visitors)
    const askAll = () =>
      Promise.all(cookies.map((cookie) => ask(application.port, '/write', cookie, numbers.hangMs)))
    await askAll()
    proxy.silence()
    const answers = await askAll()
    await application.stop()
    await proxy.close()
    return {
      hung: answers.filter(({ status }) => status === 0).length,
      longest: Math.max(...answers.map(({ took }) => took)),
    }
  },
}

/** Keeps a session, ends it and writes it late. Closes the store. */
exports.keepSession = async (store) => {
  await store.set('sid', { cookie: { originalMaxAge: 60_000, expires: null }, user: 'ann' })
  const session = await store.get('sid')
  await store.touch('sid', session)
  const ended = await store.destroy('sid')
  await store.set('sid', session)
  const result = `${session.user}, ${ended} ended, ${await store.length()} left`
  await store.close()
  return result
}

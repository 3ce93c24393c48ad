export { SessionStoreError } from './errors.js'
export { mergeTopLevel } from './session/conflicts/merge-top-level.js'
export { SessionStore } from './store/store.js'

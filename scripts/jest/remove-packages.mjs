export { removePackages as default } from './install-packages.mjs'

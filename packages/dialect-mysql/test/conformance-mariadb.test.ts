import { playConformance } from './play-conformance.js'

playConformance('mariadb')

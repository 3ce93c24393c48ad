import { playConformance } from '../test/play-conformance.js'

playConformance('mariadb')

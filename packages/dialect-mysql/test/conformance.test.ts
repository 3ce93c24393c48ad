import { playConformance } from './play-conformance.js'

playConformance('mysql2')

/**
 * Words, in small letters, that databases and drivers use when they complain about tables, rights, connections and space, in English. Of a
 * text that may quote a session only these are kept. A word that is missing here costs a gap in a message; the code of the error is there
 * all the same.
 */
export const plainWords: ReadonlySet<string> = new Set(
  `- a about abort aborted access accessed acquire acquiring active actual add added address administrator after again all allocate allocated
  allow allowed already alter altered an and another any application arguments arithmetic as at attempt attempts attribute authenticate
  authentication authorization available away back bad base be because been before being big bigger bind binary blob blocked broken buffer
  busy but by byte bytes cache cached call called can canceled canceling cancelled cannot can’t cast certificate chain change changed
  character characters check checkpoint child chosen client clients close closed closing code collation collations column columns com command
  commands commit complete concurrent conflict conflicted conflicts connect connected connecting connection connections constraint context
  conversion convert converting corrupt corrupted could couldn’t count create crash crashed created current cut data database datatype date
  datetime dba deadlock deadlocked decimal default defined delete deleted denied depth destroyed detected device different directory disabled
  disconnected disk does doesn’t domain don’t double down driver drop dropped due duplicate during duration element empty enabled
  encoding encountered encryption end ended engine enough entry equivalent error errors establish established establishing exceed
  exceeded exceeds exception exclusion exclusive execute executed executing execution exist existing exists expected expired expression
  extend extended fail failed failing failover fails failure fatal feature fetch few field fields file files filegroup first float for foreign
  found from full function functions gave generated get given gone got granted group grouping handled handler handshake has have held
  host hostname i identifier idle if illegal implicit in incompatible incorrect index indexes initialized innodb input insert inserted
  inserting instance insufficient integer internal interrupted into invalid io ip is isn’t isolation issuer it items its json key
  kill killed large last length level limit limits line list listener local lock locked locking locks log logged login logon long lookup loss
  lost maintenance malformed many mariadb master match matches matching max maximum may memory message mismatch missing mix mode
  modified modify more must mysql name named near need needs network new next no node nodes non nonnullable not now null nullable number
  object objects of off on one only open opened operation operator option options or oracle order other out over overflow own
  owner packet packets page parameter parameters parent parse parser parsing partition password perhaps period permission permissions
  permitted plan please policy pool poolers port prepare prepared prevented primary privilege privileges procedure process processes program
  progress protocol provided query queryable queue quota race range re-run read reached readonly ready reason received record records
  recovery reference referenced references refused rejected relation remaining remote removed replica replicated replication
  request requested require required requires rerun reserved reset resource resources response responding restart restarting restore result
  retry return returned right rights role roles rollback rolled row rows row-level running runtime savepoint schema schemas secondary
  secure security see select self self-signed sequence serializable serialization serialize serialized server service session-level set setting shared
  should shut shutdown shutting signed signal size slave slots slow snapshot socket sorry space specification specified sql ssl standby started
  starting startup state statement statements stopped stopping storage store stored string strings structure subquery such superuser
  support supported supports suspended syntax system table tables tablespace target temporarily temporary terminate terminated
  terminating text than that the there this time timed timeout timestamp tls to too transaction transactions trigger truncated
  try trying type types unable unavailable unblock undefined undo unexpected unexpectedly unique unit unknown unlock unreachable until up
  update updatable updated updating upgrade usage use used user username using utf8 valid validation value values variable varying
  verify version victim view violated violates violation volume wait waited waiting was wasn’t were when where which while will with within without
  work would write writing wrong wsrep yet your`.split(/\s+/),
)

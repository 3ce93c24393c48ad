/**
 * Words, in small letters, that databases and drivers use when they complain about tables, rights, connections and space, in English. Of a
 * text that may quote a session only these are kept. A word that is missing here costs a gap in a message; the code of the error is there
 * all the same.
 */
export const plainWords: ReadonlySet<string> = new Set(
  `a aborted accepting access acquire actual add administrator allocate allow allowed already an and another application are aren’t as
  at attempt attribute authentication away be because been before bigger binary block blocked busy but by byte bytes cached canceling
  cannot can’t certificate chain change changed channel character check child chosen client clients closed collations column command
  commands communication complete concurrent conflict conflicted connect connected connection connections constraint could crashed
  create current cursors data database datatype date datetime deadlock deadlocked default delete denied depend detected device
  disconnected disk does doesn’t down drop due duplicate during encoding encountered encryption end engine entry equivalent error
  errors established establishing exceeded exclusion execute execution exist exists expired expression extend failed fails field file
  filegroup first for foreign found from full get getaddrinfo given gone got handler hang has have host i identifier idle ignored
  illegal image immediate in incorrect initial innodb input insert instance insufficient integer interrupted into invalid ip is isn’t
  it json key killed know large last left level list listener lock locked locking log logged login logon long lost malformed many
  mariadb marked matching max_allowed_packet max_statement_time maximum memory mismatch mix mode more must mysql name named near needs
  network new no node not null nulls o object objects occurred of off on only open operation operator option or other out packet
  parent partition password period permission plan policy pool port prepared primary privileges process progress protocol query
  queryable range re read reading readonly record recovery refused relation remaining repaired request requested rerun reserved
  resource resources restarting result role roles row running schema secure security select self sequence serialize server service
  session sessions shared should shutdown shutting signed since slots so socket sorry space specification specified ssl starting state
  statement storage store string such superuser support syntax system table tablespace terminated terminating text than the there this
  time timed timeout timestamp tls to too transaction truncated try trying type unable unblock unexpectedly unique unknown until up
  update use user username using uuid value varying verify victim view violated violates violation wait waiting was wasn’t when while
  with would write yet`.split(/\s+/),
)

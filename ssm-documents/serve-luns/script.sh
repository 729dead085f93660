# ACTIVE was extended by configure-target; STANDBY looks for new LUNs by itself.
served=0
serving() {
  [[ -e /run/star/served ]] || return
  served=$(wc -l </run/star/served)
  ((served >= p_luns))
}
explain() {
  (($? == 0)) && return
  journalctl --no-pager --lines=10 --unit=star-standby.service >&2 || true
}
trap explain EXIT
wait_for $((120 + p_luns)) "this controller to serve $p_luns LUNs" serving
report --argjson luns "$served" '. + {luns: $luns}'

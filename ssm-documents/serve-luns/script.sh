serving() {
  /usr/sbin/star-target show | jq --exit-status --argjson luns "$p_luns" '.serving and .luns == $luns' >/dev/null
}
wait_for $((120 + 2 * p_luns)) "this controller to serve $p_luns LUNs" serving
report --argjson luns "$p_luns" '. + {luns: $luns}'

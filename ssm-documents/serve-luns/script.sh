# ACTIVE was extended by configure-target; STANDBY looks for new LUNs by itself, while hosts look for theirs.
served=()
serving() {
  [[ -e /run/star/served ]] || return
  mapfile -t served </run/star/served
  ((${#served[@]} >= p_luns))
}
explain() {
  (($? == 0)) && return
  journalctl --no-pager --lines=10 --unit=star-standby.service >&2 || true
}
trap explain EXIT
wait_for $((120 + p_luns)) "this controller to serve $p_luns LUNs" serving

active=false fresh='[]'
if [[ -e /run/star/promoted ]]; then
  active=true
  # LIO's WWID: its company, then the first 25 hex digits of the unit serial.
  fresh=$(lvs --noheadings --options lv_name,lv_tags --select lv_tags=star.new STARpool |
    jq --raw-input --null-input --compact-output \
      '[inputs | capture("(?<name>\\S+)\\s+\\S*star\\.uuid=(?<uuid>[0-9a-f-]+)") | [.name, "36001405" + (.uuid | gsub("-"; "")[0:25])]]')
fi
report --arg name "$(uname -n)" --argjson luns "${#served[@]}" --argjson active "$active" --argjson fresh "$fresh" \
  '. + {name: $name, luns: $luns, active: $active, fresh: $fresh}'

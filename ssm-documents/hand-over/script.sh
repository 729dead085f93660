# The pool moves, and the role with it. The constraint that moves it is taken away at the end, or after 10 minutes by itself.
serves() { # serves <controller>: it is ACTIVE
  local promoted
  promoted=$(crm_mon --one-shot --output-as=xml | sed -n '/id="STARorbit".*role="Promoted"/,/<\/resource>/s/.*<node name="\([^"]*\)".*/\1/p')
  [[ $promoted == "$1" ]]
}
serving() { /usr/sbin/star-target show | jq --exit-status .serving >/dev/null; }
explain() {
  local code=$?
  crm_resource --quiet --clear --resource STARpool >&2 || true
  ((code == 0)) || crm_mon --one-shot --inactive --failcounts >&2 || true
}
trap explain EXIT

if ! serves "$p_to"; then
  crm_resource --quiet --move --resource STARpool --node "$p_to" --lifetime PT10M >&2
  # A hand-over takes about so long. Nobody looks meanwhile: on a small node each look takes the processor from it.
  sleep 8
  wait_for 120 "$p_to to be ACTIVE" serves "$p_to"
  change "ACTIVE is $p_to"
fi
wait_for 120 'this controller to serve as STANDBY' serving
report --arg active "$p_to" '. + {active: $active}'

# The pool moves, and the role with it. The constraint that moves it is taken away at the end, or after 10 minutes by itself.
serves() { # serves <controller>: it is ACTIVE
  local promoted
  promoted=$(crm_mon --one-shot --output-as=xml | sed -n '/id="STARorbit".*role="Promoted"/,/<\/resource>/s/.*<node name="\([^"]*\)".*/\1/p')
  [[ $promoted == "$1" ]]
}
# When the cluster had it promoted, in seconds since the epoch; nothing where it does not say.
promoted_at() {
  cibadmin --query --xpath "//node_state[@uname='$p_to']//lrm_rsc_op[@operation='promote']" 2>/dev/null |
    sed -n 's/.* id="STARorbit.* last-rc-change="\([0-9]*\)".*/\1/p' | sort -n | sed '$!d'
}
# crm_mon takes a second of the processor: not before this controller has let go.
handed_over() { [[ ! -e /run/star/promoted ]] && serves "$p_to"; }
explain() {
  local code=$?
  crm_resource --quiet --clear --resource STARpool >&2 || true
  ((code == 0)) || crm_mon --one-shot --inactive --failcounts >&2 || true
}
trap explain EXIT

seconds=null
if ! serves "$p_to"; then
  began=$(date +%s)
  crm_resource --quiet --move --resource STARpool --node "$p_to" --lifetime PT10M >&2
  # A hand-over takes about so long. Nobody looks meanwhile: on a small node each look takes the processor from it.
  sleep 8
  wait_for 120 "$p_to to be ACTIVE" handed_over
  change "ACTIVE is $p_to"
  ended=$(promoted_at) || ended=''
  # Not by this clock: it has slept. An older promote says nothing of this one.
  if [[ $ended ]] && ((ended >= began)); then seconds=$((ended - began)); fi
fi
wait_for 120 'this controller to serve as STANDBY' target_serves
report --arg active "$p_to" --argjson seconds "$seconds" '. + {active: $active, seconds: $seconds}'

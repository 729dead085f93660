# Units stay enabled: this controller comes back with its next boot. What the cluster says of itself, when it hangs.
explain() {
  (($? == 0)) && return
  timeout 30 crm_mon --one-shot --inactive --failcounts >&2 || true
}
trap explain EXIT

stopped() {
  case $(systemctl is-active "$1" || true) in
    active | activating | deactivating | reloading) return 1 ;;
  esac
}

# Pacemaker stops the target, STANDBY's service and the pool in their order; by itself it would be given half an hour.
for unit in pacemaker.service corosync.service; do
  stopped "$unit" && continue
  systemctl stop --no-block "$unit"
  wait_for 300 "$unit to stop" stopped "$unit"
  change "$unit stopped"
done
report --arg bootId "$(</proc/sys/kernel/random/boot_id)" '. + {bootId: $bootId}'

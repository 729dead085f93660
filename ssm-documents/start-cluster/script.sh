# What Pacemaker runs here.
node_file STARpool /usr/lib/ocf/resource.d/star/STARpool 755
node_file STARorbit /usr/lib/ocf/resource.d/star/STARorbit 755
node_file star-standby /usr/sbin/star-standby 755
node_file star-standby.service /etc/systemd/system/star-standby.service 644
# Killed where fencing would not take the node with it (the partner was just switched off), it comes back by itself. Not sooner: a
# partner that is there has to notice the loss, which takes 3.6 s, before this one joins again.
mkdir -p /etc/systemd/system/corosync.service.d
write_file /etc/systemd/system/corosync.service.d/star.conf 644 <<'UNIT'
[Service]
Restart=on-failure
RestartSec=10
UNIT
# SBD's daemon comes and goes with corosync. Its watchdog is the kernel's own, and the only one: which of two gets which number is
# up to the boot.
if grep --quiet --no-messages ^SBD_DEVICE=/ "$os_sbd_config"; then
  write_file /etc/modprobe.d/star-sbd.conf 644 <<<'blacklist iTCO_wdt'
  write_file /etc/modules-load.d/star-sbd.conf 644 <<<'softdog'
  [[ ! -e /sys/module/iTCO_wdt ]] || modprobe --remove iTCO_wdt
  [[ -e /sys/module/softdog ]] || modprobe softdog
  for unit in corosync pacemaker; do
    link=/etc/systemd/system/$unit.service.requires/sbd.service
    [[ ! -L $link ]] || continue
    mkdir -p "${link%/*}"
    ln -s /usr/lib/systemd/system/sbd.service "$link"
    change "sbd.service enabled for $unit"
  done
fi
# What another unit wants of one, it does not say of itself.
if [[ " ${changed[*]} " == *'sbd.service enabled'* ]]; then systemctl daemon-reload; fi
read_units star-standby.service corosync.service
# Where the machine is wired to a power switch, as on the local cloud.
if has_power_switch; then
  node_file fence_star /usr/sbin/fence_star 755
fi

enable_unit corosync.service pacemaker.service
start_unit corosync.service pacemaker.service
if [[ $p_until == started ]]; then
  report
  exit
fi

serving() {
  target_serves && return
  ((SECONDS % 30)) || systemctl --quiet is-active pacemaker.service ||
    fail 'Pacemaker has stopped: see /var/log/pacemaker/pacemaker.log'
  return 1
}
both_online() {
  local online pair
  online=$(crm_mon --one-shot --output-as=xml 2>/dev/null | grep '<node .*online="true"') || return 1
  for pair in ${p_controllers//,/ }; do
    grep --quiet "name=\"${pair%%=*}\"" <<<"$online" || return 1
  done
}
# What the cluster and the STANDBY service say of themselves, when this document fails.
explain() {
  (($? == 0)) && return
  crm_mon --one-shot --inactive --failcounts >&2 || true
  journalctl --no-pager --lines=10 --unit=star-standby.service >&2 || true
}
trap explain EXIT

# ACTIVE and STANDBY need each other: the first promote waits for both nodes, STANDBY for ACTIVE's target.
wait_for 180 'this controller to serve its LUNs' serving
wait_for 60 'both controllers to be Online' both_online
report

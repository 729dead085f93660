#!/bin/bash
# Turns a host that STAR built into one of the reference procedure. $controllers: their addresses; $iscsid: its file (base64).
set -euo pipefail
: "${controllers:?}" "${iscsid:?}"

# udev's rules are the distribution's.
rm -f /etc/udev/rules.d/{09-star,60-block}.rules
udevadm control --reload
cat >/etc/multipath.conf <<'MULTIPATH'
defaults {
  user_friendly_names yes
  find_multipaths yes
}
devices {
  device {
    vendor "LIO-ORG"
    product "STAR-.+"
    path_grouping_policy group_by_prio
    path_selector "round-robin 0"
    hardware_handler "1 alua"
    prio alua
    failback immediate
    no_path_retry 10
    detect_prio no
    max_sectors_kb 256
  }
}
MULTIPATH
sed -i -e '/startup = automatic/!{/node\./d}' /etc/iscsi/iscsid.conf
base64 -d <<<"$iscsid" >>/etc/iscsi/iscsid.conf

iscsiadm --mode node --logoutall=all >/dev/null 2>&1 || true
multipath -F >/dev/null 2>&1 || true
rm -rf /etc/iscsi/nodes /etc/iscsi/send_targets
systemctl restart iscsid.service multipathd.service
for address in $controllers; do
  iscsiadm --mode discovery --type sendtargets --portal "$address"
  iscsiadm --mode node --portal "$address" --login
done

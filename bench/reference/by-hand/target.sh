#!/bin/bash
# On a controller: its target, saved as the role's that it has now. Parameters: $number of this node, $array, $hosts (initiator
# names of the hosts), $lun (lun.sh, base64), and on node 2 $partner, which it is logged in to by then.
set -euo pipefail
: "${number:?}" "${array:?}" "${hosts:?}" "${lun:?}"
partner=${partner:-}
# shellcheck source=/dev/null
. <(base64 -d <<<"$lun")

echo "$array" >/etc/star/starname
echo 0.5 >/etc/star/version
echo STANDBY_NON_OPTIMIZED=0 >/etc/star/config
if [[ -n $partner ]]; then
  iscsiadm --mode discovery --type sendtargets --portal "$partner"
  iscsiadm --mode node --portal "$partner" --login
fi

target=iqn.2023-09.test.use.only:$array-target
targetcli /iscsi create "$target"
place=0
while read -r name uuid _ <&3; do
  device=/dev/STARpool/$name
  [[ -z $partner ]] || device=$(seen_through_partner "$uuid")
  export_lun "$number" "$name" "$uuid" "$device" "$place"
  place=$((place + 1))
done 3</etc/star/lunlist
for initiator in $hosts "iqn.2023-09.test.use.only:$array-initiator"; do
  targetcli "/iscsi/$target/tpg1/acls" create "$initiator"
done
role=active
[[ -z $partner ]] || role=standby
targetcli saveconfig "/etc/target/saveconfig.json.$role"

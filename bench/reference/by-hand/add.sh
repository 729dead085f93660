#!/bin/bash
# On a controller of an array that serves: LUNs from $first on, $count of them. ACTIVE makes them in the pool; on STANDBY ($through
# is set) they come from the partner. Parameters: $number of this node, $lun (lun.sh, base64).
set -euo pipefail
: "${number:?}" "${first:?}" "${count:?}" "${lun:?}"
through=${through:-}
# shellcheck source=/dev/null
. <(base64 -d <<<"$lun")

if [[ -n $through ]]; then
  iscsiadm --mode session --rescan
fi
for ((place = first; place < first + count; place++)); do
  name=LUN$place
  if [[ -n $through ]]; then
    uuid=$(awk -v name="$name" '$1 == name { print $2 }' /etc/star/lunlist)
    device=$(seen_through_partner "$uuid")
  else
    uuid=$(</proc/sys/kernel/random/uuid)
    lvcreate --yes --size 16M --name "$name" STARpool
    echo "$name $uuid 16M" >>/etc/star/lunlist
    device=/dev/STARpool/$name
  fi
  export_lun "$number" "$name" "$uuid" "$device" "$place"
done
role=active
[[ -z $through ]] || role=standby
targetcli saveconfig "/etc/target/saveconfig.json.$role"

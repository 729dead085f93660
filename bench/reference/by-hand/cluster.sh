#!/bin/bash
# On node 1: the cluster, one pcs call after the other. Parameters: $array, $first, $second (name, equals sign, address), $password.
set -euo pipefail
: "${array:?}" "${first:?}" "${second:?}" "${password:?}"

members=("${first%=*}" "addr=${first#*=}" "${second%=*}" "addr=${second#*=}")
for ((try = 1; ; try++)); do
  # It gives up early where the machines are busy.
  pcs host auth "${members[@]}" -u hacluster -p "$password" && break
  ((try < 5)) || exit 1
done
pcs cluster setup "$array" "${members[@]}" --force
pcs cluster start --all
pcs cluster enable --all
for ((end = SECONDS + 240; $(crm_mon --one-shot --output-as=xml | grep -c '<node .*online="true"') < 2; )); do
  ((SECONDS < end)) || {
    echo 'waited 240 s for both controllers to be Online' >&2
    exit 1
  }
  sleep 2
done
pcs property set stonith-enabled=false
pcs property set no-quorum-policy=ignore
pcs resource create STARpool ocf:heartbeat:LVM-activate vgname=STARpool vg_access_mode=system_id --group star_group
pcs resource create STARorbit lsb:STARorbit op start timeout=60s op stop timeout=60s op monitor interval=0s --group star_group

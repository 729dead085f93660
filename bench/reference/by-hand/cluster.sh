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
# Its script asks pcs, which takes 10 s on an emulated machine, and 36 s when that is busy: Pacemaker would give a probe 20 s.
crm_attribute --type op_defaults --name timeout --update 180s
pcs resource create STARpool ocf:heartbeat:LVM-activate vgname=STARpool vg_access_mode=system_id --group star_group
pcs resource create STARorbit lsb:STARorbit op start timeout=180s op stop timeout=180s op monitor interval=0s --group star_group

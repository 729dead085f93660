#!/bin/bash
# On node 1: the pool on all shared disks, and $count LUNs in it.
set -euo pipefail
: "${count:?}"

disks=(/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol*)
pvcreate --yes "${disks[@]}"
vgcreate --setautoactivation n STARpool "${disks[@]}"
lvcreate --yes --extents 1 --name HD140283 STARpool
for ((i = 0; i < count; i++)); do
  lvcreate --yes --size 3072M --name "LUN$i" STARpool
  echo "LUN$i $(</proc/sys/kernel/random/uuid) 3072M" >>/etc/star/lunlist
done

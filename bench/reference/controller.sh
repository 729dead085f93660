#!/bin/bash
# Turns a controller that STAR built into one of the reference procedure: same machine, same packages, same pool and keys.
# Its own files come as $orbit and $iscsid (base64). The node has to boot afterwards.
set -euo pipefail
: "${orbit:?}" "${iscsid:?}"
cd /etc

# What STAR does about takeovers goes, the distribution's defaults come back.
rm -f udev/rules.d/{09-star,55-dm,56-lvm,60-block,60-persistent-storage-dm,69-lvm,95-dm-notify}.rules modprobe.d/star.conf
rm -f /var/lib/pacemaker/cib/*
sed -i '/token:/d' corosync/corosync.conf

cat >lvm/lvmlocal.conf <<'LVM'
global {
  system_id_source = "uname"
}
devices {
  filter = [ "a|^/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_.*|", "r|.*|" ]
}
LVM

{
  printf '%s\n' 'iscsid.startup = /bin/systemctl start iscsid.socket' 'node.startup = manual'
  base64 -d <<<"$iscsid"
} >iscsi/iscsid.conf
rm -rf iscsi/nodes iscsi/send_targets

# rtslib's own defaults for a LUN's attributes, and the one that targetcli sets: the LUN's name is its model.
for role in active standby; do
  jq '.storage_objects[].attributes = {emulate_model_alias: 1}' "target/saveconfig.json.$role" >target/new
  mv target/new "target/saveconfig.json.$role"
done
rm -f target/saveconfig.json
echo STANDBY_NON_OPTIMIZED=0 >star/config

base64 -d <<<"$orbit" >init.d/STARorbit
chmod 755 init.d/STARorbit
printf '#!/bin/sh\n/etc/init.d/STARorbit start </dev/null >/var/log/STARorbit.log 2>&1 &\nexit 0\n' >rc.local
chmod 755 rc.local
sync

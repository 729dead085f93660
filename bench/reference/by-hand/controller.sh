#!/bin/bash
# On each controller: what the reference procedure sets up before the two know each other. Packages are in the image; its
# firewall, its user alien and its full update are left out, which is in its favour. Parameters: $name of this node, $array,
# $hosts (lines of /etc/hosts, base64), $password of hacluster, $orbit (its STARorbit, base64).
set -euo pipefail
: "${name:?}" "${array:?}" "${hosts:?}" "${password:?}" "${orbit:?}"

hostnamectl set-hostname "$name"
base64 -d <<<"$hosts" >>/etc/hosts
timedatectl set-timezone Asia/Tokyo
echo "hacluster:$password" | chpasswd
systemctl enable --quiet --now pcsd.service
systemctl disable --quiet --now rtslib-fb-targetctl.service open-iscsi.service

ssh-keygen -A
sed -i '/^#\?PermitRootLogin/d' /etc/ssh/sshd_config
echo 'PermitRootLogin prohibit-password' >>/etc/ssh/sshd_config
systemctl enable --quiet --now ssh.service

cat >/etc/lvm/lvmlocal.conf <<'LVM'
global {
  system_id_source = "uname"
}
devices {
  filter = [ "a|^/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_.*|", "r|.*|" ]
}
LVM

# /etc/target is where EL8 has it.
mkdir -p /etc/rtslib-fb-target /etc/star
ln -sfn rtslib-fb-target /etc/target
echo "InitiatorName=iqn.2023-09.test.use.only:$array-initiator" >/etc/iscsi/initiatorname.iscsi
systemctl restart iscsid.service

base64 -d <<<"$orbit" >/etc/init.d/STARorbit
printf '#!/bin/sh\n/etc/init.d/STARorbit start </dev/null >/var/log/STARorbit.log 2>&1 &\nexit 0\n' >/etc/rc.local
chmod 755 /etc/init.d/STARorbit /etc/rc.local
systemctl daemon-reload

os_packages controller
set_name "$p_name"
set_hosts "$p_controllers"
set_zone Asia/Tokyo
os_selinux_off

# The reject matters: a STANDBY that is being promoted must not scan the iSCSI disks of its dead partner.
# event_activation: nobody but Pacemaker activates the pool.
# udev_sync, udev_rules: lvm makes nodes and links itself, at once. In a takeover udev, which has the partner's disks to look
# after just then, is seconds behind (a pool of 7 volumes: started in 3 s instead of 10 on a busy emulated machine).
write_file /etc/lvm/lvmlocal.conf 644 <<'LVM'
global {
  system_id_source = "uname"
  event_activation = 0
}
devices {
  filter = [ "a|^/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_.*|", "r|.*|" ]
  global_filter = [ "a|^/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_.*|", "r|.*|" ]
  multipath_component_detection = 0
  md_component_detection = 0
}
activation {
  monitoring = 0
  udev_sync = 0
  udev_rules = 0
}
LVM

# The data on LUNs is the hosts' business: no probing of the pool's volumes, nor of the partner's LUNs seen over iSCSI, where
# a look could hang on a dead partner. Of the usual names only the one that STANDBY's target stands on is made. The pool is
# the only thing on device-mapper here, and needs none of udev's rules for it. Nor does udev look at a disk again whenever
# somebody has written to it: LVM does with each command, and 8 lvcreate took 4.0 s with that and 2.0 s without.
write_file /etc/udev/rules.d/09-star.rules 644 <<'UDEV'
SUBSYSTEM!="block", GOTO="star_end"
KERNEL=="nvme*", OPTIONS:="nowatch"
KERNEL=="dm-*", ENV{UDEV_DISABLE_PERSISTENT_STORAGE_RULES_FLAG}="1", ENV{SYSTEMD_READY}="0"
KERNEL!="sd*", GOTO="star_end"
ENV{DEVTYPE}!="disk", GOTO="star_end"
ATTRS{vendor}!="LIO-ORG*", GOTO="star_end"
ENV{UDEV_DISABLE_PERSISTENT_STORAGE_RULES_FLAG}="1", ENV{multipath}="off", ENV{SYSTEMD_READY}="0"
ACTION!="remove", PROGRAM="/lib/udev/scsi_id --whitelisted --device=$devnode", SYMLINK+="disk/by-id/scsi-%c"
LABEL="star_end"
UDEV
set_block_rules

# These start several processes for each disk, for names that nothing on a controller uses.
for rules in 55-scsi-sg3_id.rules 58-scsi-sg3_symlink.rules "${os_dm_rules[@]}"; do
  write_file "/etc/udev/rules.d/$rules" 644 </dev/null
done

# Short time-outs: what waits on a dead partner here makes hosts wait. Hosts queue, controllers give up.
write_file /etc/iscsi/initiatorname.iscsi 600 <<<"InitiatorName=iqn.2023-09.test.use.only:$p_array-initiator"
write_file /etc/iscsi/iscsid.conf 600 <<'ISCSI'
iscsid.startup = /bin/systemctl start iscsid.socket iscsid.service
node.startup = manual
node.leading_login = No
node.session.timeo.replacement_timeout = 2
node.conn[0].timeo.login_timeout = 5
node.conn[0].timeo.logout_timeout = 3
node.conn[0].timeo.noop_out_interval = 2
node.conn[0].timeo.noop_out_timeout = 3
node.session.initial_login_retry_max = 1
node.session.auth.authmethod = None
node.session.cmds_max = 128
node.session.queue_depth = 64
node.session.scan = auto
ISCSI

# On a controller only Pacemaker owns the target; nothing logs in to anything by itself.
disable_unit "${os_target_units[@]}" "${os_initiator_units[@]}" multipathd.service pcsd.service
os_target_folder
node_file star-target /usr/sbin/star-target 755
node_file star_config.py /usr/lib/star/star_config.py 644
node_file star_gate.py /usr/lib/star/star_gate.py 644
node_file star_lio.py /usr/lib/star/star_lio.py 644
node_file star_pool.py /usr/lib/star/star_pool.py 644
node_file star-target.service /etc/systemd/system/star-target.service 644
read_units star-target.service
# It goes on with what it was started with, otherwise.
if [[ " ${changed[*]} " == *star-target* || " ${changed[*]} " == */usr/lib/star/* ]]; then systemctl try-restart star-target.service; fi
if [[ " ${changed[*]} " == *udev/rules.d* ]]; then udevadm control --reload; fi
# The kernel's own bound of what star-standby watches over.
write_file /etc/modprobe.d/star.conf 644 <<<'options dm_multipath queue_if_no_path_timeout_secs=20'
write_file /etc/modules-load.d/star.conf 644 <<<$'target_core_mod\ntarget_core_iblock\niscsi_target_mod'

# Root by key only, from the partner only (the key's own line says from where). One host key and one key pair, made here.
first_lines /etc/ssh/sshd_config 'PermitRootLogin prohibit-password' 'PasswordAuthentication no'
install -d -m 700 /root/.ssh
for key in /etc/ssh/ssh_host_ed25519_key /root/.ssh/id_star; do
  if [[ ! -s $key.pub ]]; then
    rm -f "$key"
    ssh-keygen -q -t ed25519 -N '' -C "$p_name" -f "$key"
    change "$key"
  fi
done

# 22/tcp to the partner, 3260/tcp iSCSI, 5405/udp corosync; security groups say from whom.
os_firewall 22/tcp 3260/tcp 5405/udp
enable_unit "$os_ssh_unit" iscsid.service
start_unit "$os_ssh_unit" iscsid.service

report --arg bootId "$(</proc/sys/kernel/random/boot_id)" --arg os "$os_name" \
  --arg sshKey "$(cut -d ' ' -f 1-2 /root/.ssh/id_star.pub)" \
  --arg hostKey "$(cut -d ' ' -f 1-2 /etc/ssh/ssh_host_ed25519_key.pub)" \
  '. + {bootId: $bootId, os: $os, sshKey: $sshKey, hostKey: $hostKey}'

os_packages host
set_name "$p_name"
set_hosts "$p_controllers"
set_zone Asia/Tokyo
os_selinux_off

write_file /etc/iscsi/initiatorname.iscsi 600 <<<"InitiatorName=$p_initiator"
# Automatic: a host that comes back from a reboot logs in to both controllers by itself, and keeps trying.
write_file /etc/iscsi/iscsid.conf 600 <<'ISCSI'
iscsid.startup = /bin/systemctl start iscsid.socket iscsid.service
node.startup = automatic
node.leading_login = No
node.session.timeo.replacement_timeout = 2
node.conn[0].timeo.login_timeout = 10
node.conn[0].timeo.logout_timeout = 10
node.conn[0].timeo.noop_out_interval = 2
node.conn[0].timeo.noop_out_timeout = 3
node.session.initial_login_retry_max = 12
node.session.auth.authmethod = None
node.session.cmds_max = 128
node.session.queue_depth = 64
node.session.scan = auto
ISCSI
node_file multipath.conf /etc/multipath.conf 644
# What is on a LUN is looked for on its map, not on each of its paths as well, where it takes a dozen reads. That it is
# multipath's is known, and needs no program that finds it out. Else as udev's own.
write_file /etc/udev/rules.d/09-star.rules 644 <<'UDEV'
SUBSYSTEM!="block", GOTO="star_end"
KERNEL!="sd*", GOTO="star_end"
ENV{DEVTYPE}!="disk", GOTO="star_end"
ATTRS{vendor}!="LIO-ORG*", GOTO="star_end"
ENV{UDEV_DISABLE_PERSISTENT_STORAGE_RULES_FLAG}="1", OPTIONS:="nowatch"
ENV{multipath}="off", ENV{DM_MULTIPATH_DEVICE_PATH}="1", ENV{ID_FS_TYPE}="mpath_member", ENV{SYSTEMD_READY}="0"
ACTION=="remove", GOTO="star_end"
IMPORT{program}="/lib/udev/scsi_id --export --whitelisted --device=$devnode", ENV{ID_BUS}="scsi"
IMPORT{builtin}="path_id", SYMLINK+="disk/by-path/$env{ID_PATH}"
LABEL="star_end"
UDEV
set_block_rules
if [[ " ${changed[*]} " == *udev/rules.d* ]]; then udevadm control --reload; fi

# A host needs no port for its LUNs: it only logs in elsewhere.
# shellcheck disable=SC2046  # a list of words
os_firewall $(host_ports)
# multipathd starts once there are paths (attach-host), and at each boot.
enable_unit iscsid.service multipathd.service "${os_login_unit}"
start_unit iscsid.service
report --arg bootId "$(</proc/sys/kernel/random/boot_id)" --arg os "$os_name" '. + {bootId: $bootId, os: $os}'

#!/bin/bash
# customize.sh <root folder> : makes a plain Debian root into a node. Called by mmdebstrap once all packages are in.
set -euo pipefail
root=$1
here=$(cd "$(dirname "$0")" && pwd)

cp -a --no-preserve=ownership "$here/overlay/." "$root/"
chmod 755 "$root"/usr/local/lib/star-agent/* "$root/usr/local/sbin/star-net"
: >"$root/etc/fstab"
echo star-node >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n' >"$root/etc/hosts"
# Not empty, or each machine's first boot would be a "first boot" with all its presets; the real one comes by command line.
echo 00000000000000000000000000000001 >"$root/etc/machine-id"
mkdir -p "$root/var/lib/star-agent"

# Nothing starts by itself that a role has to ask for, nothing that a node never needs.
chroot "$root" systemctl --quiet disable \
  multipathd.service multipathd.socket iscsid.service iscsid.socket open-iscsi.service rtslib-fb-targetctl.service \
  corosync.service pacemaker.service sbd.service pcsd.service pcsd-ruby.service sysstat.service ssh.service \
  nftables.service lvm2-monitor.service lvm2-lvmpolld.socket blk-availability.service nvmefc-boot-connections.service \
  nvmf-autoconnect.service systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  e2scrub_all.timer e2scrub_reap.service fstrim.timer man-db.timer systemd-pstore.service remote-fs.target \
  xfs_scrub_all.timer logd.service dm-event.socket uuidd.socket ifupdown-pre.service networking.service getty@tty1.service 2>/dev/null || true
chroot "$root" systemctl --quiet mask qemu-guest-agent.service systemd-binfmt.service systemd-random-seed.service \
  systemd-machine-id-commit.service systemd-sysusers.service systemd-update-utmp.service systemd-journal-flush.service \
  systemd-update-utmp-runlevel.service systemd-firstboot.service systemd-repart.service sys-kernel-debug.mount \
  sys-kernel-tracing.mount sys-fs-fuse-connections.mount dev-mqueue.mount dev-hugepages.mount modprobe@drm.service \
  modprobe@efi_pstore.service modprobe@fuse.service modprobe@loop.service lvm2-monitor.service getty-static.service \
  systemd-ask-password-console.path systemd-ask-password-wall.path systemd-initctl.socket
# Nor is anything here that these look for at each boot, and again whenever systemd reads its units: rc.local alone may be.
mkdir -p "$root/etc/systemd/system-generators"
for generator in "$root"/lib/systemd/system-generators/systemd-*-generator; do
  [[ $generator == */systemd-rc-local-generator ]] || ln -s /dev/null "$root/etc/systemd/system-generators/${generator##*/}"
done
# Both still start when somebody asks for them.
rm "$root"/lib/systemd/system/multi-user.target.wants/{dbus,systemd-logind}.service
chroot "$root" systemctl --quiet enable star-net.service star-agent.service star-guest-agent.service \
  serial-getty@ttyS0.service

# Five processes for each SCSI disk that appears, for names that nothing here uses; udev's own rules make the usual ones.
for rules in 55-scsi-sg3_id.rules 58-scsi-sg3_symlink.rules; do : >"$root/etc/udev/rules.d/$rules"; done

# Secrets and identities are made on each node, never shared through the image.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/corosync/authkey" "$root/etc/corosync/corosync.conf" \
  "$root/etc/iscsi/initiatorname.iscsi" "$root/etc/pacemaker/authkey" "$root"/var/lib/pacemaker/cib/*
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale,info}/*

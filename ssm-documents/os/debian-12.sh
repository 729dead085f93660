# shellcheck shell=bash
# Debian 12: what is done otherwise than on Rocky Linux 8. Sourced as the body of a function, after lib/common.sh.
# shellcheck disable=SC2034  # the documents read these

os_name=debian-12
os_ssh_unit=ssh.service
os_target_units=(rtslib-fb-targetctl.service)
os_initiator_units=(open-iscsi.service)
os_login_unit=open-iscsi.service
os_sa_programs=/usr/lib/sysstat
os_sa_folder=/var/log/sysstat
os_sbd_config=/etc/default/sbd
os_httpd=/usr/sbin/apache2
os_httpd_modules=/usr/lib/apache2/modules
os_httpd_user=www-data
os_dm_rules=(55-dm.rules 56-lvm.rules 60-persistent-storage-dm.rules 69-lvm.rules 95-dm-notify.rules)

# os_packages <controller|host|perfweb>
os_packages() {
  local wanted=(jq python3 iproute2 nftables openssh-server open-iscsi sysstat) missing=() name
  case $1 in
    controller) wanted+=(pcs pacemaker pacemaker-cli-utils corosync resource-agents fence-agents sbd targetcli-fb lvm2) ;;
    host) wanted+=(multipath-tools sg3-utils lsscsi) ;;
    perfweb) wanted+=(apache2-bin) ;; # the server alone: perfweb brings its configuration and its service
  esac
  for name in "${wanted[@]}"; do
    [[ -e /var/lib/dpkg/info/$name.list || -e /var/lib/dpkg/info/$name:amd64.list ]] || missing+=("$name")
  done
  ((${#missing[@]} == 0)) && return
  # A package's services must not start by themselves before they are configured.
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  apt-get update --quiet >&2
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${missing[@]}" >&2
  rm /usr/sbin/policy-rc.d
  change "packages ${missing[*]}"
}

# Debian has no SELinux in its default boot.
os_selinux_off() { :; }

# os_firewall <port/protocol> …: everything else that comes in is dropped.
# shellcheck disable=SC2120,SC2154  # a host opens no port; `changed` is lib/common.sh's
os_firewall() {
  local port
  write_file /etc/nftables.conf 755 < <(
    echo '#!/usr/sbin/nft -f'
    echo 'flush ruleset'
    echo 'table inet star {'
    echo '  chain input {'
    echo '    type filter hook input priority filter; policy drop;'
    echo '    ct state established,related accept'
    echo '    iif lo accept'
    echo '    meta l4proto { 1, 58 } accept comment "ICMP, ICMPv6"'
    for port in "$@"; do echo "    ${port#*/} dport ${port%/*} accept"; done
    echo '  }'
    echo '}'
  )
  enable_unit nftables.service
  if [[ " ${changed[*]} " == *' /etc/nftables.conf '* ]]; then
    systemctl restart nftables.service
  else
    start_unit nftables.service
  fi
}

# rtslib keeps its files elsewhere here; /etc/target is the name that people and our tools use.
os_target_folder() {
  mkdir -p /etc/rtslib-fb-target
  [[ -e /etc/target ]] && return
  ln -s rtslib-fb-target /etc/target
  change /etc/target
}

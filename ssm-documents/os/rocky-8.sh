# shellcheck shell=bash
# Rocky Linux 8: what is done otherwise than on Debian 12. Sourced as the body of a function, after lib/common.sh.
# shellcheck disable=SC2034  # the documents read these

os_name=rocky-8
os_ssh_unit=sshd.service
os_target_units=(target.service)
os_initiator_units=(iscsi-onboot.service iscsi.service)
os_login_unit=iscsi.service
os_sa_programs=/usr/lib64/sa
os_sa_folder=/var/log/sa
os_sbd_config=/etc/sysconfig/sbd
os_httpd=/usr/sbin/httpd
os_httpd_modules=/usr/lib64/httpd/modules
os_httpd_user=apache
os_dm_rules=(10-dm.rules 11-dm-lvm.rules 13-dm-disk.rules 69-dm-lvm-metad.rules 69-dm-lvm.rules 95-dm-notify.rules)

# os_packages <controller|host|perfweb>
os_packages() {
  local wanted=(jq python36 iproute firewalld openssh-server iscsi-initiator-utils sysstat) missing=() name
  local repos=()
  case $1 in
    controller)
      wanted+=(pcs pacemaker corosync resource-agents fence-agents-aws fence-agents-sbd sbd targetcli lvm2)
      repos=(--enablerepo=ha)
      ;;
    host) wanted+=(device-mapper-multipath sg3_utils lsscsi) ;;
    perfweb) wanted+=(httpd) ;;
  esac
  for name in "${wanted[@]}"; do
    rpm --quiet --query "$name" || missing+=("$name")
  done
  ((${#missing[@]} == 0)) && return
  dnf --assumeyes --quiet "${repos[@]}" install "${missing[@]}" >&2
  change "packages ${missing[*]}"
}

# Off by kernel argument for the next boot, permissive until then.
os_selinux_off() {
  [[ -e /sys/fs/selinux/enforce ]] || return 0
  if ! grubby --info=ALL | grep --quiet 'selinux=0'; then
    grubby --update-kernel=ALL --args=selinux=0
    change 'SELinux off from the next boot'
  fi
  [[ $(</sys/fs/selinux/enforce) == 0 ]] || setenforce 0
}

# os_firewall <port/protocol> …: a zone file of our own, so that one start of firewalld does it all.
# shellcheck disable=SC2120,SC2154  # a host opens no port; `changed` is lib/common.sh's
os_firewall() {
  local port
  write_file /etc/firewalld/zones/public.xml 644 < <(
    echo '<?xml version="1.0" encoding="utf-8"?>'
    echo '<zone>'
    echo '  <short>Public</short>'
    for port in "$@"; do echo "  <port protocol=\"${port#*/}\" port=\"${port%/*}\"/>"; done
    echo '</zone>'
  )
  enable_unit firewalld.service
  if ! systemctl --quiet is-active firewalld.service; then
    systemctl start firewalld.service
  elif [[ " ${changed[*]} " == *' /etc/firewalld/zones/public.xml '* ]]; then
    firewall-cmd --quiet --reload
  fi
}

os_target_folder() { mkdir -p /etc/target; }

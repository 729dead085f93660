# What nodes install for themselves otherwise, or that costs them a boot: machines made of the image find it done.
for role in controller host perfweb; do os_packages "$role"; done
os_selinux_off

# Who this machine is goes now; machines made of the image find out at their first boot who they are. An empty machine-id
# is filled in then; one that is not there would count as an installation and enable every service of a preset. Emptied
# where it is: it may be mounted there.
forget() {
  local path
  for path in "$@"; do
    [[ -e $path ]] || continue
    rm -rf "$path"
    change "$path removed"
  done
}
forget /etc/ssh/ssh_host_* /var/lib/systemd/random-seed
if command -v cloud-init >/dev/null && [[ -e /var/lib/cloud/instance ]]; then
  cloud-init clean --logs >&2
  change 'cloud-init clean'
fi
if [[ -s /etc/machine-id ]]; then
  : >/etc/machine-id
  change '/etc/machine-id emptied'
fi

# What its agent and its logs hold goes when the machine is stopped for its image, after those who write there: below /run,
# so that the image has nothing of this.
node_file star-clean.service /run/systemd/system/star-clean.service 644
if [[ " ${changed[*]} " == *star-clean.service* ]]; then systemctl daemon-reload; fi
start_unit star-clean.service

report --arg bootId "$(</proc/sys/kernel/random/boot_id)" --arg os "$os_name" '. + {bootId: $bootId, os: $os}'

partner=$(partner_of "$(uname -n)")
names=() addresses=()
for pair in ${p_controllers//,/ }; do
  names+=("${pair%%=*}")
  addresses+=("${pair#*=}")
done
fill_in() {
  sed -e "s/@ARRAY@/$p_array/; s/@NAME1@/${names[0]}/; s/@NAME2@/${names[1]}/" \
    -e "s/@ADDRESS1@/${addresses[0]}/; s/@ADDRESS2@/${addresses[1]}/"
}

# A controller is fenced by the local cloud's power switch, where its machine is wired to one, else by EC2's API; or by SBD. In a
# split ACTIVE is to win: fence_star sees to that itself, otherwise whoever would fence ACTIVE waits 5 s. fence_aws asks EC2 for
# a stop and then for a start, which take minutes where it cannot skip the system's own shutdown.
enabled=true agent=fence_star plugs=("${names[@]}") timeout=20s delay=0s disk='' only=''
case $p_fencing in
  none) enabled=false ;;
  vol-*)
    [[ -e /usr/sbin/fence_sbd ]] || fail 'there is nothing to fence with: fence_sbd is not installed'
    agent=fence_sbd timeout=60s delay=5s disk=$(volume_path "$p_fencing")
    wait_for 60 "$p_fencing to appear as $disk" test -e "$disk"
    # After 10 s a message counts as obeyed, by the dead too.
    if ! sbd -d "$disk" dump >/dev/null 2>&1; then
      sbd -d "$disk" -1 5 -4 10 create >&2
      change "SBD's header on $p_fencing"
    fi
    ;;
  power)
    if ! has_power_switch; then
      [[ -e /usr/sbin/fence_aws ]] || fail 'there is nothing to fence with: no power switch, and fence_aws is not installed'
      agent=fence_aws plugs=("${p_instances%,*}" "${p_instances#*,}") timeout=300s delay=5s
      /usr/sbin/fence_aws -o metadata | grep --quiet skip_os_shutdown || only='/skip_os_shutdown/d'
    fi
    ;;
esac
# Lines of the CIB that are one agent's alone carry its name.
if [[ $enabled == false ]]; then
  only='/<!-- fencing -->/,/<!-- end -->/d; s/ on-fail="fence"//'
fi
fill_in_fencing() {
  sed -e "$only" -e "s/ *<!-- $agent -->//; /<!-- fence_/d" -e 's/ *<!-- .* -->//' \
    -e "s/@FENCED@/$enabled/; s/@TIMEOUT@/$timeout/; s/@DELAY@/$delay/; s/@AGENT@/$agent/; s|@DISK@|$disk|" \
    -e "s/@PLUG1@/${plugs[0]}/; s/@PLUG2@/${plugs[1]}/; s/@REGION@/$p_region/"
}

write_file /etc/corosync/corosync.conf 644 < <(file_corosync_conf | fill_in)
# The key that lets a node into the cluster: made here, and seen by nobody but the two controllers.
if [[ ! -s /etc/corosync/authkey ]]; then
  (umask 077 && head -c 256 /dev/urandom >/etc/corosync/authkey.new)
  mv /etc/corosync/authkey.new /etc/corosync/authkey
  change /etc/corosync/authkey
fi

shared=(/etc/corosync/{corosync.conf,authkey})
# Its watchdog ends a node that has not read its messages for 5 s. start-cluster goes by this file.
if [[ -n $disk ]]; then
  write_file "$os_sbd_config" 644 < <(printf '%s\n' SBD_DEVICE="$disk" SBD_WATCHDOG_DEV=/dev/watchdog SBD_WATCHDOG_TIMEOUT=5 \
    SBD_PACEMAKER=yes SBD_STARTMODE=always SBD_DELAY_START=no SBD_TIMEOUT_ACTION=flush,reboot)
  shared+=("$os_sbd_config")
fi

# Put in place once, before Pacemaker's first start: a cluster that has run owns its CIB. That saves the first start its
# 20 s of looking for others (dc-deadtime), and there is never a moment with wrong defaults.
cib=/var/lib/pacemaker/cib/cib.xml
first_cib='umask 077; cat >'$cib'.new; chown hacluster:haclient '$cib'.new; [ -s '$cib' ] && rm '$cib'.new || { mv '$cib'.new '$cib'; echo new; }'
content=$(file_cib_xml | fill_in | fill_in_fencing)
if [[ $(bash -c "$first_cib" <<<"$content") == new ]]; then change "$cib"; fi
said=$(give_partner "$partner" "{ $first_cib; } <<'CIB'
$content
CIB" "${shared[@]}")
[[ $said != *taken* ]] || change "cluster configuration on $partner"
[[ $said != *new* ]] || change "$cib on $partner"
report

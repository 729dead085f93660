target=iqn.2023-09.test.use.only:$p_array-target
addresses=()
for pair in ${p_controllers//,/ }; do addresses+=("${pair#*=}"); done

logged_in() { grep --quiet --line-regexp --fixed-strings "$1" /sys/class/iscsi_connection/*/persistent_address 2>/dev/null; }
# To all that are missing at once: each login takes seconds on an emulated machine.
log_in() {
  local address missing=()
  for address in "${addresses[@]}"; do logged_in "$address" || missing+=("$address"); done
  ((${#missing[@]} > 0)) || return 0
  for address in "${missing[@]}"; do
    iscsiadm --mode node --op new --targetname "$target" --portal "$address:3260" >/dev/null || return 1
  done
  iscsiadm --mode node --targetname "$target" --login >&2 || true
  for address in "${missing[@]}"; do
    logged_in "$address" || return 1
    change "logged in to $address"
  done
  # The login itself looks for LUNs.
  next_look=$((SECONDS + 20))
}
next_look=0
wait_for 180 "a login to $target at ${addresses[*]}" log_in

# The first time only now: a map is made once with both its paths, and not made with one and changed for the other.
units_that inactive multipathd.service
if ((${#found[@]} > 0)); then
  udevadm settle --timeout=60 || true
  start_unit multipathd.service
fi

# LUNs that were added to a session that is there show only when they are looked for: by the kernel, because iscsiadm's rescan
# asks each disk that is known again, too. Through both controllers at once; STANDBY may find its own only now.
look() {
  local host
  for host in /sys/class/iscsi_host/*; do
    echo '- - -' >"/sys/class/scsi_host/${host##*/}/scan" &
  done
  wait
  next_look=$((SECONDS + 3))
}
# Counts from the kernel's own table: maps of STAR LUNs, and their paths (8:16 A) that are active; groups have an A too.
count() {
  read -r maps paths < <(dmsetup status --target multipath 2>/dev/null |
    awk '/ multipath / { maps++; paths += gsub(/ [0-9]+:[0-9]+ A /, "&") } END { print maps + 0, paths + 0 }')
}
# That takes two processes, and the processor from udev and multipathd, which are what is waited for. So not before every map has
# its paths by the links that the kernel keeps of them, which is seen without a process.
complete() {
  local disks links=(/sys/block/dm-*/slaves/sd*)
  if ((${#links[@]} >= 2 * p_luns)); then
    count
    ((maps == p_luns && paths == 2 * p_luns)) && return
  fi
  if ((SECONDS >= next_look)); then
    disks=(/sys/class/iscsi_session/*/device/target*/*/block/*)
    ((${#disks[@]} >= 2 * p_luns)) || look
  fi
  sleep 0.5
  return 1
}
# Each path takes multipathd and udev some work, a lot of it on an emulated machine.
wait_for $((p_seconds - SECONDS - 60)) "$p_luns LUNs with $((2 * p_luns)) active paths (multipath -ll shows them)" complete
report --argjson luns "$maps" --argjson paths "$paths" '. + {paths: {luns: $luns, paths: $paths}}'

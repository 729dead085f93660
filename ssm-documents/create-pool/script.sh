# A LUN's identity lives with the volume itself, as LVM tags: star.uuid (its serial for ever), star.lun (its number),
# and star.new until it has been proved to work. So whoever owns the pool can say everything about its LUNs.
disks=()
for volume in ${p_volumes//,/ }; do
  disk=$(volume_path "$volume")
  wait_for 60 "$volume to appear as $disk" test -b "$disk"
  disks+=("$disk")
done

owner=$(vgs --noheadings --foreign --options vg_systemid --select vg_name=STARpool | xargs)
if [[ -z $owner ]]; then
  # A disk that holds anything else is not ours to overwrite: vgcreate would ask, and here nobody answers.
  vgcreate --quiet --setautoactivation n STARpool "${disks[@]}" </dev/null >&2
  change 'pool STARpool'
  owner=$(uname -n)
fi

list_luns() {
  lvs --noheadings --foreign --separator ' ' --units m --nosuffix --options lv_name,lv_size,lv_tags STARpool
}

if [[ $owner == "$(uname -n)" ]]; then
  present=" $(list_luns | awk '{ print $1 }' | xargs) "
  commands=() made=() number=0
  create() { commands+=("lvcreate --quiet --yes --activate n --zero n --wipesignatures n --setautoactivation n $*"); }
  # Never empty of volumes, or Pacemaker's LVM-activate has nothing to see.
  [[ $present == *' HD140283 '* ]] || create --extents 1 --name HD140283 STARpool
  for lun in ${p_luns//,/ }; do
    name=${lun%=*}
    if [[ $present != *" $name "* ]]; then
      create --size "${lun#*=}m" --name "$name" --addtag star.new --addtag "star.lun=$number" \
        --addtag "star.uuid=$(</proc/sys/kernel/random/uuid)" STARpool
      made+=("$name")
    fi
    number=$((number + 1))
  done
  if ((${#commands[@]} > 0)); then
    # One process for all of them. Its exit code speaks of the last command only: the check below is what counts.
    printf '%s\n' "${commands[@]}" | lvm >&2 || true
    present=" $(list_luns | awk '{ print $1 }' | xargs) "
    for lun in ${p_luns//,/ }; do
      [[ $present == *" ${lun%=*} "* ]] || fail "LUN ${lun%=*} of ${lun#*=} MiB could not be made"
    done
  fi
  if ((${#made[@]} > 0)); then
    # On the ACTIVE controller the pool is in use, and stays so.
    in_use=$(compgen -G '/dev/mapper/STARpool-*' || true)
    # What was on these extents before is not for the LUN's first reader.
    vgchange --quiet --activate y STARpool >&2
    for name in "${made[@]}"; do
      dd if=/dev/zero of="/dev/STARpool/$name" bs=1M count=1 oflag=direct conv=fsync,notrunc status=none
      change "LUN $name"
    done
    # From here on only Pacemaker activates the pool.
    [[ -n $in_use ]] || vgchange --quiet --activate n STARpool >&2
  fi
fi

report --arg owner "$owner" --argjson luns "$(list_luns | awk '
  function tag(name,   parts, n, i) {
    n = split($3, parts, ",")
    for (i = 1; i <= n; i++) if (index(parts[i], name "=") == 1) return substr(parts[i], length(name) + 2)
    return ""
  }
  BEGIN { printf "[" }
  tag("star.uuid") != "" { printf "%s[%d,\"%s\",\"%s\",%d]", separator, tag("star.lun"), $1, tag("star.uuid"), $2; separator = "," }
  END { printf "]" }')" '. + {owner: $owner, luns: ($luns | sort | map(.[1:]))}'

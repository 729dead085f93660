# shellcheck shell=bash
# One LUN, as the reference makes it: a targetcli process for each object. Sourced by what makes or adds LUNs.

# export_lun <node number> <name> <uuid> <device> <place in the target>
export_lun() {
  local number=$1 name=$2 uuid=$3 device=$4 place=$5 target
  target=/iscsi/iqn.2023-09.test.use.only:$(</etc/star/starname)-target/tpg1
  targetcli /backstores/block create "name=STAR-$name" "dev=$device" "wwn=$uuid"
  targetcli "/backstores/block/STAR-$name/alua" create "node${number}_tg_pt_gp" "$number"
  targetcli "$target/luns" create "/backstores/block/STAR-$name" "$place"
  targetcli "$target/luns/lun$place" set alua "alua_tg_pt_gp_name=node${number}_tg_pt_gp"
}

# seen_through_partner <uuid>: the LUN's device on the other controller, once it is there.
seen_through_partner() {
  local hex=${1//-/} device end=$((SECONDS + 60))
  device=/dev/disk/by-id/scsi-36001405${hex:0:25}
  until [[ -e $device ]]; do
    ((SECONDS < end)) || {
      echo "waited 60 s for $device" >&2
      return 1
    }
    sleep 1
  done
  echo "$device"
}

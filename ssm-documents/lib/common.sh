# shellcheck shell=bash
# What every document's script can use. Standard output is for the report alone; all else goes to standard error.

changed=()

log() { echo "$*" >&2; }

# change <what>: something on the node is different now; the report names it.
change() {
  changed+=("$1")
  log "changed: $1"
}

fail() {
  log "error: $1"
  exit 1
}

# one_at_a_time: a workflow that was killed leaves its documents running, and the next one sends them again.
one_at_a_time() {
  exec {document_lock}>/run/star-document.lock
  flock --timeout 300 "$document_lock" || fail 'waited 300 s for another document of STAR to end on this node'
}
export LVM_SUPPRESS_FD_WARNINGS=1 # LVM would complain of the lock's file descriptor

# report [jq arguments, last one a filter that adds fields]: the last line of a document's output.
report() {
  local filter='.'
  if (($# > 0)); then
    filter=${*: -1}
    set -- "${@:1:$#-1}"
  fi
  jq --null-input --compact-output "$@" \
    '{changed: [$ARGS.positional[] | select(. != "")]} | '"$filter" --args -- "${changed[@]:-}"
}

# wait_for <seconds> <what> <command…>: until the command succeeds; past the deadline it says what it waited for.
wait_for() {
  local seconds=$1 deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    ((SECONDS < deadline)) || fail "waited $seconds s for $what"
    sleep 0.5
  done
}

# write_file <path> <mode>: standard input becomes the file, at once and whole, unless it holds just that already.
# Not at the end of a pipe, where what it says of `changed` would be lost: use < <(…). As few processes as can be: a document
# writes dozens of files, and a process takes tens of milliseconds on an emulated machine.
write_file() {
  local path=$1 mode=$2 new=$1.new mask=077
  [[ -d ${path%/*} ]] || mkdir -p "${path%/*}"
  [[ $mode != 644 ]] || mask=022
  (umask "$mask" && exec cat >"$new")
  [[ $mode == 600 || $mode == 644 ]] || chmod "$mode" "$new"
  if [[ -e $path ]] && cmp --silent "$new" "$path" && [[ $(stat -c %a "$path") == "$mode" ]]; then
    rm "$new"
  else
    mv -T "$new" "$path"
    change "$path"
  fi
}

# enable_unit / disable_unit <unit> …: links, since systemctl enable reloads the manager for each.
enable_unit() {
  local unit link
  for unit in "$@"; do
    link=/etc/systemd/system/multi-user.target.wants/$unit
    if [[ ! -L $link ]]; then
      mkdir -p "${link%/*}"
      ln -s "/usr/lib/systemd/system/$unit" "$link"
      change "$unit enabled"
    fi
  done
}

disable_unit() {
  local unit link
  for unit in "$@"; do
    for link in /etc/systemd/system/*.wants/"$unit"; do
      [[ -L $link ]] || continue
      rm "$link"
      change "$unit disabled"
    done
  done
  units_that active "$@"
  ((${#found[@]} > 0)) || return 0
  systemctl stop "${found[@]}"
  for unit in "${found[@]}"; do change "$unit stopped"; done
}

start_unit() {
  local unit
  units_that inactive "$@"
  ((${#found[@]} > 0)) || return 0
  systemctl start "${found[@]}"
  for unit in "${found[@]}"; do change "$unit started"; done
}

# read_units <unit> …: systemd reads again what it knows otherwise than it is written now; it reads a unit that it does not know yet when
# that is asked for. A reload of all takes seconds on an emulated machine.
read_units() {
  [[ $(systemctl show --property=NeedDaemonReload "$@") != *=yes* ]] || systemctl daemon-reload
}

# units_that <active|inactive> <unit> …: puts those into `found` that are, or are not. One question for all: a word with
# systemd takes up to a second on an emulated machine.
units_that() {
  local wanted=$1 states place=0 unit
  shift
  found=()
  mapfile -t states < <(systemctl is-active "$@")
  for unit in "$@"; do
    if [[ ${states[place]:-} == active ]]; then
      [[ $wanted == inactive ]] || found+=("$unit")
    elif [[ $wanted == inactive ]]; then
      found+=("$unit")
    fi
    place=$((place + 1))
  done
}

# set_block_rules: with each new LUN every disk of the array that is there already says that there are others, and udev's own
# rules have each of them looked at again, which is a sixth of a second of processor for each on an emulated machine.
set_block_rules() {
  local own=/usr/lib/udev/rules.d/60-block.rules
  [[ -s $own ]] || return 0
  write_file /etc/udev/rules.d/60-block.rules 644 < <(grep --invert-match '^ACTION=="change", SUBSYSTEM=="scsi"' "$own")
}

# first_lines <file> <line> …: sshd and others take a setting's first value.
first_lines() {
  local path=$1 lines
  shift
  lines=$(printf '%s\n' "$@")
  [[ $(head -n $# "$path") == "$lines" ]] && return
  write_file "$path" "$(stat -c %a "$path")" < <(echo "$lines"; cat "$path")
}

# set_name <host name>, set_hosts <name=address,…>, set_zone <IANA zone>: by plain files; hostnamectl and timedatectl each
# take seconds on an emulated machine.
set_name() {
  write_file /etc/hostname 644 <<<"$1"
  if [[ $(uname -n) != "$1" ]]; then
    hostname "$1"
    change "host name $1"
  fi
}

set_hosts() {
  local pair
  write_file /etc/hosts 644 < <(
    echo '127.0.0.1 localhost localhost.localdomain'
    echo '::1 localhost localhost.localdomain'
    for pair in ${1//,/ }; do echo "${pair#*=} ${pair%%=*}"; done
  )
}

set_zone() {
  [[ $(readlink /etc/localtime) == */$1 ]] && return
  ln -sf "/usr/share/zoneinfo/$1" /etc/localtime
  change "time zone $1"
}

# address_of <name> <name=address,…>, partner_of <host name>: the last character of a controller's name is its number.
address_of() {
  local pair
  for pair in ${2//,/ }; do
    [[ ${pair%%=*} == "$1" ]] || continue
    echo "${pair#*=}"
    return
  done
  return 1
}

partner_of() { echo "${1%?}$((3 - ${1: -1}))"; }

# on_partner <partner> <command…>: over SSH as root, by key, no prompt, no surprise host key.
on_partner() {
  local partner=$1 code=0
  shift
  ssh -q -i /root/.ssh/id_star -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=10 \
    -o StrictHostKeyChecking=yes "root@$partner" "$@" || code=$?
  ((code != 255)) || log "error: cannot log in to $partner over SSH"
  return "$code"
}

# give_partner <partner> <command> <file in /etc> …: the partner has the same files then, and runs the command. In one login, which
# takes seconds on an emulated machine. Says `taken` first if any file was another one. They lie beside the old ones before all
# are renamed: a cut in the middle leaves the partner with one set or the other per file.
give_partner() {
  local partner=$1 command=$2 files
  shift 2
  files=${*#/etc/}
  tar --create --directory=/etc "${@#/etc/}" | on_partner "$partner" "set -e
    rm -rf /etc/star.new; (umask 077; mkdir /etc/star.new); cd /etc/star.new; tar --extract
    for file in $files; do
      cmp --silent \"\$file\" \"/etc/\$file\" || differ=yes
    done
    if [ -n \"\$differ\" ]; then
      sync
      for file in $files; do mkdir -p \"/etc/\${file%/*}\"; mv \"\$file\" \"/etc/\$file\"; done
      echo taken
    fi
    cd /; rm -rf /etc/star.new
    $command"
}

# volume_path <volume id>: the disk's name that says which it is, whatever number it got.
volume_path() { echo "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${1/-/}"; }

# target_serves: this controller's target is there and on, and takes I/O (3: ALUA says unavailable). By the kernel's own files:
# who is waited for has better use for the processor than star-target's start.
target_serves() {
  local target=/sys/kernel/config/target
  [[ -s /run/star/served ]] &&
    compgen -G "$target/iscsi/iqn.*/tpgt_1/np/*" >/dev/null &&
    grep --quiet --no-messages --line-regexp 1 "$target"/iscsi/iqn.*/tpgt_1/enable &&
    ! grep --quiet --no-messages --line-regexp 3 "$target"/core/iblock_*/*/alua/node*/alua_access_state
}

# has_power_switch: this machine is wired to one, as on the local cloud. As the kernel has it: udev's link in
# /dev/virtio-ports is not there yet when the first document comes.
has_power_switch() { grep --quiet --no-messages '^star\.power$' /sys/class/virtio-ports/*/name; }

# node_file <name in files/> <path> <mode>
node_file() { write_file "$2" "$3" < <("file_${1//[^a-zA-Z0-9]/_}"); }

# host_ports: what a host lets in: nothing but perfweb, once it is served there.
host_ports() { [[ ! -e /etc/star/perfweb ]] || echo 80/tcp; }

#!/bin/bash
# Stands for commands of a node that change or ask what is outside of its files: services, packages, boot loader, SSH to
# the partner. Writes down each call that changes something, and keeps the little state that later questions are about.
# Called by the command's own name; NODE_ROOT is the folder that holds the node's files.
set -u
command=${0##*/}
state=$NODE_ROOT/state
mkdir -p "$state"/{active,packages}

record() { echo "$command $call" >>"$NODE_ROOT/commands"; }
# Options that only say how much to print are no part of what is done.
call=" $* "
call=${call// --quiet / }
call=${call# }
call=${call% }

case $command in
  systemctl)
    read -r verb unit <<<"$call"
    case $verb in
      is-active)
        # A unit on its way has the name of its state in the file, and counts as not active.
        any=1
        for name in $unit; do
          here=$(cat "$state/active/$name" 2>/dev/null || echo inactive)
          [[ " $* " == *" --quiet "* ]] || echo "${here:-active}"
          [[ ${here:-active} != active ]] || any=0
        done
        exit "$any"
        ;;
      show)
        # A unit that is written otherwise than systemd knows it has a file.
        [[ -e $state/reload ]] && echo NeedDaemonReload=yes || echo NeedDaemonReload=no
        exit 0
        ;;
      daemon-reload) rm -f "$state/reload" ;;
      start | restart) for name in $unit; do touch "$state/active/$name"; done ;;
      stop) for name in $unit; do rm -f "$state/active/$name"; done ;;
    esac
    record
    ;;
  apt-get)
    record
    [[ $call == install* ]] || exit 0
    # What packages do at their end: starting services, which a policy may forbid.
    [[ -x $NODE_ROOT/usr/sbin/policy-rc.d ]] && sh "$NODE_ROOT/usr/sbin/policy-rc.d"
    echo "policy $?" >>"$NODE_ROOT/commands"
    mkdir -p "$NODE_ROOT/var/lib/dpkg/info"
    for word in "$@"; do [[ $word == -* || $word == install ]] || touch "$NODE_ROOT/var/lib/dpkg/info/$word.list"; done
    ;;
  dnf)
    record
    for word in "$@"; do touch "$state/packages/$word"; done
    ;;
  rpm) [[ -e $state/packages/${*: -1} ]]; exit ;;
  grubby)
    [[ $call == --info=* ]] && { cat "$state/kernel-arguments" 2>/dev/null; exit 0; }
    record
    echo "args=\"${call##*--args=}\"" >>"$state/kernel-arguments"
    ;;
  setenforce)
    record
    echo "$1" >"$NODE_ROOT/sys/fs/selinux/enforce"
    ;;
  uname) cat "$state/name" ;;
  hostname)
    record
    echo "$1" >"$state/name"
    ;;
  ssh)
    partner=$(<"$state/partner")
    until [[ $1 == root@* ]]; do shift; done
    shift
    words=${*//"$NODE_ROOT"/"$partner"}
    NODE_ROOT=$partner bash -c "$words"
    ;;
  *)
    record
    # What it is to print lies ready in a file of its name.
    [[ ! -e $state/$command.output ]] || cat "$state/$command.output"
    ;;
esac

#!/bin/bash
# Checks on a real account what docs/aws-unverified.md says only an account can confirm, and prints a table of it.
#
#   infra/aws/verify.sh          looks at the stack; then asks, builds a small array, looks at it, and removes it
#   infra/aws/verify.sh --look   only looks at the stack: makes nothing, costs nothing, takes a minute
#   infra/aws/verify.sh --all    also reboots, stops and starts the array, and makes a machine image: half an hour more
#   --yes                        does not ask
#
# Needs the stack (docs/deploy.md), credentials that may do everything in the account, version 2 of the aws command, curl
# 7.75 or later, and GNU's tools. The array lives about ten minutes and costs about ten cents. Every check ends in time; after
# 20 minutes (an hour with --all) no other is begun. What was made is removed in the end, after a failure and Ctrl-C, too.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
checks=$root/infra/aws/verify-checks.sh
# shellcheck source=infra/aws/verify-checks.sh
source "$checks"
# What the checks read.
export ROOT=$root STAR=${STAR:-$root/star} AWS_PAGER=''
AWS_REGION=${AWS_REGION:-$(aws configure get region || true)}
ARRAY=verify-$(date +%s | tail -c 7)
IMAGE='' # name of an image that was made here
export AWS_REGION ARRAY IMAGE

look_only='' all='' sure=''
for word in "$@"; do
  case $word in
    --look) look_only=1 ;;
    --all) all=1 ;;
    --yes) sure=1 ;;
    *)
      sed -n '2,12s/^# \{0,1\}//p' "$0"
      exit 2
      ;;
  esac
done
LIMIT_SECONDS=$((all ? 3600 : 1200))
results=() failed=0

# check <id> <seconds> <what> <function>: in a shell of its own, so that it can be ended in time.
check() {
  local id=$1 seconds=$2 what=$3 began=$SECONDS found verdict=ok
  if ((SECONDS > LIMIT_SECONDS)) && [[ $id != down ]]; then
    results+=("$id|not tried|0|out of time")
    return 1
  fi
  printf '%-14s %s\n' "$id" "$what"
  if ! found=$(timeout --foreground --kill-after=10 "$seconds" bash -euo pipefail -c "source $checks; $4" 2>&1); then
    verdict=failed
    failed=$((failed + 1))
    printf '%s\n' "$found" | tail -n 20 | sed 's/^/    /'
  fi
  results+=("$id|$verdict|$((SECONDS - began))|$(printf '%s\n' "$found" | tail -n 1 | cut -c 1-100)")
  [[ $verdict == ok ]]
}

table() {
  echo
  printf '%s\n' "${results[@]}" | awk -F'|' '{ printf "%-14s %-9s %5s s  %s\n", $1, $2, $3, $4 }'
}

made=''
finish() {
  trap - EXIT INT TERM
  if [[ $made ]]; then
    check down 900 'removed, to nothing' of_down ||
      echo "Look for what is left, it costs: $STAR --cloud aws --region $AWS_REGION down --array $ARRAY"
  fi
  [[ -z $IMAGE ]] || remove_image || echo "The image $IMAGE is left, and costs: deregister it, and delete its snapshot"
  table
  exit $((failed > 0))
}

# --- in order ------------------------------------------------------------------------------------------------------

[[ $AWS_REGION ]] || {
  echo 'Which region? Set AWS_REGION' >&2
  exit 2
}
account=$(aws sts get-caller-identity --query Account --output text)
echo "Account $account, $AWS_REGION"
trap finish EXIT
trap 'exit 130' INT TERM

check stack 30 'the stack is there' of_stack || exit
check functions 30 'a function runs as it was bundled' of_functions || true
check machines 30 'every workflow is there' of_machines || true
check api-refuses 60 'the API refuses who does not sign' of_refusal || true
check api-answers 60 'the API answers who does' of_answer || true
check zone 60 'a zone is found in this region' of_plan || true
check timers 60 'the timers go off' of_timers || true
check image 60 'the image of nodes is found' of_image || true
[[ -z $look_only ]] || exit 0

if [[ -z $sure ]]; then
  echo
  read -r -p "Build the array $ARRAY in account $account, $AWS_REGION: 3 t3a.medium, 2 io2 disks, some ten cents? [y/N] " answer
  [[ $answer == [yY]* ]] || exit 0
fi
made=1
if check up 1200 'an array is built: permissions, agent, packages, cluster, paths' of_up; then
  check nodes 60 'instances are as they were asked for' of_nodes || true
  check spread 60 'controllers stand on different racks' of_spread || true
  check ports 60 'no port is open to the world' of_ports || true
  check agent 90 'the agent of Rocky Linux 8' of_agent || true
  check packages 90 'packages of Rocky Linux 8' of_packages || true
  check selinux 120 'SELinux lets the target be' of_selinux || true
  check disk-names 120 'EBS disks have their names' of_disks || true
  check lun-names 120 'LUNs have their names on STANDBY' of_lun_names || true
  check status 120 'the array is healthy' of_status || true
  check again 180 'the same request changes nothing' of_again || true
  check event 240 'an event adds a LUN' of_event || true
  check api-key 60 'an idempotency key starts one operation' of_key || true
  check history 60 'a build fits in a history' of_history || true
  check metrics 300 'metrics arrive from the log' of_metrics || true
  if [[ $all ]]; then
    check fencing 900 'a controller that is fenced comes back' of_fencing || true
    check reboot 900 'both controllers are rebooted' 'of_power reboot' || true
    check stop 600 'the array is stopped' 'of_power stop' || true
    check start 900 'the array is started' 'of_power start' || true
    if check bake 1500 'an image is made' of_bake; then
      IMAGE=$(sed -n 's/.*|\(.*\) is made$/\1/p' <<<"${results[-1]}")
    fi
  fi
fi

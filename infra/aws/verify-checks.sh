#!/bin/bash
# The checks of verify.sh, and what they ask with. Each says in its last line what it found.

# --- what the checks ask with --------------------------------------------------------------------------------------

say() { echo "$*"; }
run_star() { "$STAR" --cloud aws --region "$AWS_REGION" "$@"; }
output_of() {
  aws cloudformation describe-stacks --stack-name Star --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

# signed <method> <path> [curl options]: body and status code. Keys go by standard input: arguments are for all to see.
signed() {
  local method=$1 url KEY_ACCESS_KEY_ID KEY_SECRET_ACCESS_KEY KEY_SESSION_TOKEN=''
  url=$(output_of ApiUrl)$2
  shift 2
  eval "$(aws configure export-credentials --format env-no-export | sed -n '/_KEY\|_TOKEN/s/^AWS_/KEY_/p')"
  curl --silent --max-time 30 --config - --request "$method" --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" \
    --write-out '\n%{http_code}' --header 'Content-Type: application/json' "$@" "$url" <<CONFIG
user = "$KEY_ACCESS_KEY_ID:$KEY_SECRET_ACCESS_KEY"
${KEY_SESSION_TOKEN:+header = "x-amz-security-token: $KEY_SESSION_TOKEN"}
CONFIG
}

# described <query> [more filters]: of this array's instances.
described() {
  local query=$1
  shift
  aws ec2 describe-instances --output text --query "$query" \
    --filters "Name=tag:star:array,Values=$ARRAY" 'Name=instance-state-name,Values=pending,running,stopping,stopped' "$@"
}
instance_of() { described 'Reservations[].Instances[].InstanceId' "Name=tag:star:node,Values=$1"; }

# on <node> <command without quotes>: as root, by Run Command.
on() {
  local instance command
  instance=$(instance_of "$1")
  command=$(aws ssm send-command --instance-ids "$instance" --document-name AWS-RunShellScript \
    --parameters "{\"commands\":[\"$2\"]}" --query Command.CommandId --output text)
  aws ssm wait command-executed --command-id "$command" --instance-id "$instance" || true
  aws ssm get-command-invocation --command-id "$command" --instance-id "$instance" \
    --query StandardOutputContent --output text
}

# recent <namespace> <metric> <statistic> [more]: of the last quarter of an hour; nothing where there is none.
recent() {
  local namespace=$1 metric=$2 statistic=$3
  shift 3
  aws cloudwatch get-metric-statistics --namespace "$namespace" --metric-name "$metric" --statistics "$statistic" "$@" \
    --start-time "$(date -u -d '-15 minutes' +%FT%TZ)" --end-time "$(date -u +%FT%TZ)" --period 900 \
    --output text --query "Datapoints[].$statistic"
}

# same <found> <wanted>
same() {
  if [[ $1 == "$2" ]]; then return; fi
  say "found $1, not $2"
  return 1
}

# --- the stack -----------------------------------------------------------------------------------------------------

of_stack() {
  local status
  status=$(aws cloudformation describe-stacks --stack-name Star --query 'Stacks[0].StackStatus' --output text)
  say "$status"
  [[ $status == *_COMPLETE && $status != *ROLLBACK* ]]
}

# A bundle that loads says that it does not take this.
of_functions() {
  local answer
  answer=$(mktemp)
  aws lambda invoke --function-name star-check-input --cli-binary-format raw-in-base64-out --payload '{}' "$answer" >/dev/null
  cat "$answer"
  grep --quiet EventInvalid "$answer"
  rm "$answer"
}

of_machines() {
  local there name
  there=$(aws stepfunctions list-state-machines --query 'stateMachines[].name' --output text)
  for name in "$ROOT"/statemachines/*.asl.json; do
    name=$(basename "$name" .asl.json)
    [[ $'\t'"$there"$'\t' == *$'\t'"$name"$'\t'* ]] || {
      say "there is no state machine $name"
      return 1
    }
  done
  say 'all are there'
}

of_refusal() {
  same "$(curl --silent --max-time 30 --output /dev/null --write-out '%{http_code}' "$(output_of ApiUrl)/arrays")" 403
  say 403
}
of_answer() {
  same "$(tail -n 1 <<<"$(signed GET /arrays)")" 200
  say 200
}

# Which zone a request means that names none; nothing is made.
of_plan() {
  local answer
  answer=$(signed POST '/arrays?dryRun=true' --data "{\"array\":\"$ARRAY\"}")
  same "$(tail -n 1 <<<"$answer")" 200
  grep --max-count=1 --only-matching '"zone":"[^"]*"' <<<"$answer"
}

# Called by Scheduler, not by us: looked up in what Lambda counts.
of_timers() {
  local calls
  calls=$(recent AWS/Lambda Invocations Sum --dimensions Name=FunctionName,Value=star-apply-schedules)
  say "${calls:-no} calls in 15 minutes"
  [[ -n $calls ]]
}

of_image() {
  local found
  found=$(aws ec2 describe-images --owners 792107900819 --filters 'Name=name,Values=Rocky-8-EC2-Base-8.*.x86_64' \
    --query 'sort_by(Images, &CreationDate)[-1].[Name,RootDeviceName]' --output text)
  say "$found"
  [[ $found == Rocky-8-* ]]
}

# --- the array -----------------------------------------------------------------------------------------------------

up() { run_star up --json "$1" 2>/dev/null; }
request() {
  cat <<JSON
{ "array": "$ARRAY", "disks": { "count": 2, "size": "4G" }, "luns": [{ "count": 2, "size": "1G" }], "hosts": [{}] }
JSON
}

of_up() {
  up - < <(request) >/dev/null
  say 'built, and every path proven'
}

of_nodes() {
  local found
  found=$(described 'Reservations[].Instances[].[MetadataOptions.HttpTokens, KeyName]' | sort -u)
  same "$found" $'required\tNone'
  found=$(aws ec2 describe-volumes --filters "Name=tag:star:array,Values=$ARRAY" --query 'Volumes[].Encrypted' --output text)
  same "$found" $'True\tTrue\tTrue\tTrue\tTrue'
  say 'IMDSv2 alone, no key pair, 5 volumes encrypted'
}

of_spread() {
  local found
  found=$(described 'Reservations[].Instances[].Placement.GroupName' 'Name=tag:star:role,Values=controller' | tr '\n' '\t')
  same "${found%$'\t'}" "star-$ARRAY"$'\t'"star-$ARRAY"
  say 'both controllers are in the placement group'
}

of_ports() {
  local address port
  for address in $(described 'Reservations[].Instances[].PublicIpAddress'); do
    for port in 22 3260; do
      if timeout 3 bash -c "</dev/tcp/$address/$port" 2>/dev/null; then
        say "$port is open at $address"
        return 1
      fi
    done
  done
  say '22 and 3260 are closed from here'
}

of_agent() {
  local found
  found=$(on instance-1 'rpm --query amazon-ssm-agent')
  say "$found"
  [[ $found == amazon-ssm-agent-3* ]]
}

of_packages() {
  local found
  found=$(on "$ARRAY-ctl1" 'rpm --query --queryformat %{name}-%{version}, pacemaker corosync resource-agents lvm2 targetcli')
  say "$found"
  [[ $found != *'not installed'* ]]
}

of_selinux() {
  local node found
  for node in "$ARRAY-ctl1" instance-1; do
    found=$(on "$node" getenforce)
    say "$node: $found"
    [[ $found == Permissive* || $found == Disabled* ]]
  done
}

of_disks() {
  local volume node names
  for node in "$ARRAY-ctl1" "$ARRAY-ctl2"; do
    names=$(on "$node" 'ls /dev/disk/by-id')
    for volume in $(aws ec2 describe-volumes --query 'Volumes[].VolumeId' --output text \
      --filters "Name=tag:star:array,Values=$ARRAY" 'Name=tag:star:role,Values=disk'); do
      grep --quiet --line-regexp "nvme-Amazon_Elastic_Block_Store_${volume/-/}" <<<"$names" || {
        say "$node does not show $volume by its name"
        return 1
      }
    done
  done
  say 'both disks, by their names, on both controllers'
}

# STANDBY's target stands on these.
of_lun_names() {
  local node found=''
  for node in "$ARRAY-ctl1" "$ARRAY-ctl2"; do
    found+=" $(on "$node" 'ls /dev/disk/by-id | grep -c scsi-36001405 || true')"
  done
  say "found$found, of 2 LUNs"
  [[ "$found " == *' 2 '* ]]
}

of_status() {
  run_star status --array "$ARRAY" >/dev/null
  say 'healthy: roles, ALUA, every path'
}

of_again() {
  grep --quiet '"changed": false' <<<"$(up - < <(request))"
  say 'a second time nothing is changed'
}

of_event() {
  run_star event - <<JSON >/dev/null
{ "source": "star.client", "detail-type": "LUNs Requested",
  "detail": { "array": "$ARRAY", "luns": [{ "size": "100M" }], "key": "verify" } }
JSON
  grep --quiet '"100M"' <<<"$(run_star list --array "$ARRAY" --json)"
  say 'a LUN by event, while the array serves'
}

of_key() {
  local one two
  ask() { signed POST "/arrays/$ARRAY/inspections" --data '{}' --header 'Idempotency-Key: verify'; }
  one=$(grep --only-matching '"id":"[^"]*"' <<<"$(ask)")
  two=$(grep --only-matching '"id":"[^"]*"' <<<"$(ask)")
  same "$one" "$two"
  say "$one"
}

of_history() {
  local machine execution events
  machine=$(aws stepfunctions list-state-machines --query "stateMachines[?name=='provision-array'].stateMachineArn" --output text)
  execution=$(aws stepfunctions list-executions --state-machine-arn "$machine" --max-items 1 \
    --query 'executions[0].executionArn' --output text | head -n 1)
  events=$(aws stepfunctions get-execution-history --execution-arn "$execution" --reverse-order --max-items 1 \
    --query 'events[0].id' --output text | head -n 1)
  say "$events events"
  ((events < 25000))
}

# The functions only print them: that CloudWatch reads them there is what is looked at. It takes minutes to list a new one.
of_metrics() {
  aws lambda invoke --function-name star-watch-arrays --cli-binary-format raw-in-base64-out --payload '{}' /dev/null >/dev/null
  until [[ $(recent STAR PathsMissing Maximum) ]]; do sleep 10; done
  say 'PathsMissing has arrived'
}

# By the cluster's own word; fence_aws then asks EC2, with the controller's own role.
of_fencing() {
  same "$(on "$ARRAY-ctl1" "stonith_admin --reboot $ARRAY-ctl2 --timeout 300 && echo fenced")" fenced
  until run_star status --array "$ARRAY" >/dev/null; do sleep 10; done
  say 'it was fenced, and is back with every path'
}

# of_power <reboot|stop|start>
of_power() {
  local yes=()
  [[ $1 == start ]] || yes=(--yes)
  run_star "$1" --array "$ARRAY" "${yes[@]}" >/dev/null
  say 'in order, and verified'
}
of_bake() {
  local made name
  made=$(run_star image prepare --json 2>/dev/null)
  grep --quiet used <<<"$(run_star image list)"
  name=$(sed -n 's/.*"image": "\(.*\)".*/\1/p' <<<"$made")
  if grep --quiet '"changed": true' <<<"$made"; then say "$name is made"; else say "$name was there"; fi
}

of_down() {
  local left
  run_star cancel --array "$ARRAY" >/dev/null 2>&1 || true
  run_star down --array "$ARRAY" --yes >/dev/null
  left="$(described 'Reservations[].Instances[].InstanceId')$(
    for kind in volumes security-groups placement-groups; do
      aws ec2 "describe-$kind" --filters "Name=tag:star:array,Values=$ARRAY" --output text
    done
  )$(aws ssm get-parameters --names "/star/$ARRAY" "/star/$ARRAY/lock" --query 'Parameters[].Name' --output text)"
  same "$left" ''
  say 'nothing is left'
}

remove_image() {
  local id snapshot
  id=$(aws ec2 describe-images --owners self --filters "Name=name,Values=$IMAGE" --query 'Images[0].ImageId' --output text)
  snapshot=$(aws ec2 describe-images --owners self --filters "Name=name,Values=$IMAGE" --output text \
    --query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
  aws ec2 deregister-image --image-id "$id" >/dev/null
  aws ec2 delete-snapshot --snapshot-id "$snapshot" >/dev/null
  echo "image $IMAGE is removed"
}

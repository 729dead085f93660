#!/bin/sh
# First boot of a node: installs the SSM agent where the image has none (Rocky Linux). Everything else is done by
# documents. Does no harm where the agent is there already, and nothing where there is no dnf.
set -u

if systemctl cat amazon-ssm-agent.service >/dev/null 2>&1; then
  systemctl enable --now amazon-ssm-agent.service
  exit 0
fi
command -v dnf >/dev/null 2>&1 || exit 0

metadata=http://169.254.169.254/latest
token=$(curl -sf -m 5 --retry 10 --retry-connrefused -X PUT \
  -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$metadata/api/token")
region=$(curl -sf -m 5 --retry 10 -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/placement/region")
if [ -z "$region" ]; then
  echo 'star: the metadata service told no region, so the SSM agent cannot be installed' >&2
  exit 1
fi

package="https://s3.$region.amazonaws.com/amazon-ssm-$region/latest/linux_amd64/amazon-ssm-agent.rpm"
for wait in 2 4 8 16 32 0; do
  dnf install -y "$package" && break
  sleep "$wait"
done
systemctl enable --now amazon-ssm-agent.service

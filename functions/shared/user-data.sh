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
ask() { curl -sf -m 5 --retry 30 --retry-delay 2 --retry-max-time 60 --retry-connrefused "$@"; }
token=$(ask -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$metadata/api/token")
region=$(ask -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/placement/region")
domain=$(ask -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/services/domain")
if [ -z "$region" ]; then
  echo 'star: the metadata service told no region, so the SSM agent cannot be installed' >&2
  exit 1
fi

# The package needs nothing from the system's repositories, whose lists take longer to load than it does; should it ever,
# the second try has them.
package="https://s3.$region.${domain:-amazonaws.com}/amazon-ssm-$region/latest/linux_amd64/amazon-ssm-agent.rpm"
from='--disablerepo=*'
for wait in 2 4 8 16 32 0; do
  # shellcheck disable=SC2086  # no word where it is empty
  if timeout 300 dnf install -y $from "$package"; then
    systemctl enable --now amazon-ssm-agent.service
    exit 0
  fi
  from=
  sleep "$wait"
done
echo "star: the SSM agent could not be installed from $package" >&2
exit 1

#!/bin/bash
# On a controller: the one key pair of both ($key, base64; made here where there is none) and the partner's host key.
set -euo pipefail
: "${partner:?}"
key=${key:-}

umask 077
mkdir -p ~/.ssh
cd ~/.ssh
if [[ -n $key ]]; then
  base64 -d <<<"$key" >id_star
  ssh-keygen -y -f id_star >id_star.pub
else
  ssh-keygen -q -t rsa -N '' -f id_star
fi
cat id_star.pub >>authorized_keys
ssh-keyscan -t ed25519 "$partner" >>known_hosts 2>/dev/null

# In the same format on both controllers; the target itself is built from it by STARorbit, under Pacemaker.
partner=$(partner_of "$(uname -n)")

write_file /etc/star/starname 644 <<<"$p_array"
write_file /etc/star/version 644 <<<0.5
# 1: hosts see STANDBY's paths as non-optimized, so that I/O takes the short way.
write_file /etc/star/config 644 <<<STANDBY_NON_OPTIMIZED=1
write_file /etc/star/lunlist 644 < <(
  for lun in ${p_luns//,/ }; do
    IFS='=' read -r name uuid size <<<"$lun"
    echo "$name $uuid ${size}M"
  done
)
write_file /etc/star/hostlist 644 < <(
  for host in ${p_hosts//;/ }; do
    IFS='=' read -r name initiator luns <<<"$host"
    echo "$name $initiator ${luns//+/,}"
  done
)

saved=$(/usr/sbin/star-target save)
mapfile -t saved < <(jq --raw-output '.changed[]' <<<"$saved")
for path in "${saved[@]}"; do change "$path"; done

# New LUNs are served by ACTIVE before STANDBY hears of them: it serves what it sees through ACTIVE. The roles may have changed since
# the plan was made, so each is asked; who becomes ACTIVE from here on starts with the new configuration.
serve_new='if [[ -e /run/star/promoted ]]; then /usr/sbin/star-target extend active >&2; fi'
bash -c "$serve_new"
said=$(give_partner "$partner" "$serve_new" /etc/star/{starname,version,config,lunlist,hostlist} \
  /etc/target/saveconfig.json.{active,standby})
[[ $said != taken ]] || change "configuration on $partner"
report

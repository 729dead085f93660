write_file /root/.ssh/authorized_keys 600 <<<"from=\"$p_partnerAddress\",no-port-forwarding,no-agent-forwarding,no-X11-forwarding $p_partnerKey $p_partnerName"
write_file /root/.ssh/known_hosts 600 <<<"$p_partnerName,$p_partnerAddress $p_partnerHostKey"
# The partner does the same at the same time.
wait_for 90 "$p_partnerName to let this node log in" on_partner "$p_partnerName" true
report

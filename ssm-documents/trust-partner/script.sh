write_file /root/.ssh/authorized_keys 600 <<<"from=\"$p_partnerAddress\",no-port-forwarding,no-agent-forwarding,no-X11-forwarding $p_partnerKey $p_partnerName"
write_file /root/.ssh/known_hosts 600 <<<"$p_partnerName,$p_partnerAddress $p_partnerHostKey"
report

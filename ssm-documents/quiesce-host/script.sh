python3 -IS <(file_quiesce_host_py) "$p_array" "$p_force"

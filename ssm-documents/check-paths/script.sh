python3 -IS <(file_check_paths_py) "$p_array" "$p_controllers" 10

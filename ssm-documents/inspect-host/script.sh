python3 -IS <(file_inspect_host_py)

python3 <(file_inspect_host_py)

python3 -IS <(file_inspect_controller_py)

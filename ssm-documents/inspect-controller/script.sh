python3 <(file_inspect_controller_py)

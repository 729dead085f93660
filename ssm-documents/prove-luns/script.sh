python3 -IS <(file_prove_luns_py) "$p_wwids"

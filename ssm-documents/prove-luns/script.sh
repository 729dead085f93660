python3 <(file_prove_luns_py) "$p_wwids"

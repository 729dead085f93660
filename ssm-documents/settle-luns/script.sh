new=$(lvs --noheadings --options lv_name --select lv_tags=star.new STARpool | xargs)
volumes=()
for name in ${p_luns//,/ }; do
  [[ " $new " == *" $name "* ]] || continue
  volumes+=("STARpool/$name")
  change "LUN $name is proven"
done
if ((${#volumes[@]} > 0)); then
  lvchange --quiet --deltag star.new "${volumes[@]}" >&2
fi
report

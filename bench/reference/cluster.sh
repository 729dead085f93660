#!/bin/bash
# On one controller, once both are Online: the cluster of the reference procedure, which fences nobody.
set -euo pipefail
crm_attribute --name stonith-enabled --update false
crm_attribute --name no-quorum-policy --update ignore
# Its script asks pcs, which takes 10 s on an emulated machine, and 36 s when that is busy: Pacemaker would give a probe 20 s.
crm_attribute --type op_defaults --name timeout --update 180s
cibadmin --create --scope resources --xml-pipe <<'XML'
<group id="star_group">
  <primitive id="STARpool" class="ocf" provider="heartbeat" type="LVM-activate">
    <instance_attributes id="STARpool-attributes">
      <nvpair id="STARpool-vgname" name="vgname" value="STARpool"/>
      <nvpair id="STARpool-mode" name="vg_access_mode" value="system_id"/>
    </instance_attributes>
    <operations>
      <op id="STARpool-start" name="start" interval="0s" timeout="90s"/>
      <op id="STARpool-stop" name="stop" interval="0s" timeout="90s"/>
      <op id="STARpool-monitor" name="monitor" interval="30s" timeout="90s"/>
    </operations>
  </primitive>
  <primitive id="STARorbit" class="lsb" type="STARorbit">
    <operations>
      <op id="STARorbit-start" name="start" interval="0s" timeout="180s"/>
      <op id="STARorbit-stop" name="stop" interval="0s" timeout="180s"/>
    </operations>
  </primitive>
</group>
XML

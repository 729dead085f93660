"""The target's configuration: from /etc/star, in rtslib's format, so that targetcli and targetctl read it too.

Written for Python 3.6 (Rocky Linux 8).
"""
import json
import os

from star_lio import IMPLICIT, NODE, NON_OPTIMIZED, OPTIMIZED
import star_lio

STAR = '/etc/star'
# Without forced unit access: LIO refuses it (ILLEGAL REQUEST) while a gate is closed, since nothing is below it then that
# has a cache. Hosts flush after such a write instead.
ATTRIBUTES = {'emulate_model_alias': 1, 'emulate_fua_write': 0}


def lines(name):
    with open(os.path.join(STAR, name)) as file:
        return [line.split() for line in file if line.strip()]


def iqn(kind):
    return 'iqn.2023-09.test.use.only:%s-%s' % (star_lio.read(STAR + '/starname'), kind)


def wwid(uuid):
    """LIO's NAA identifier: its company id, then the first 25 hex digits of the unit serial."""
    return '36001405' + uuid.replace('-', '')[:25]


def device(role, name, uuid):
    if role == 'active':
        return '/dev/STARpool/' + name
    return '/dev/disk/by-id/scsi-' + wwid(uuid)


def non_optimized():
    settings = dict(line.strip().split('=', 1) for line in open(STAR + '/config') if '=' in line)
    return NON_OPTIMIZED if settings.get('STANDBY_NON_OPTIMIZED') == '1' else OPTIMIZED


def configuration(role):
    """Of a controller: node 1's as ACTIVE, node 2's as STANDBY. A LUN's number is its line in lunlist."""
    node = 1 if role == 'active' else 2
    state = OPTIMIZED if role == 'active' else non_optimized()
    luns = [(number, entry[0], entry[1]) for number, entry in enumerate(lines('lunlist'))]
    numbers = {name: number for number, name, _ in luns}

    def acl(initiator, names):
        mapped = [{'index': numbers[name], 'tpg_lun': numbers[name], 'write_protect': False, 'alias': 'lun%d' % numbers[name]}
                  for name in names]
        return {'node_wwn': initiator, 'mapped_luns': mapped, 'attributes': {}}

    acls = [acl(entry[1], entry[2].split(',') if len(entry) > 2 else []) for entry in lines('hostlist')]
    if role == 'active':
        acls.append(acl(iqn('initiator'), [name for _, name, _ in luns]))
    return {
        'fabric_modules': [],
        'storage_objects': [{
            'plugin': 'block', 'name': 'STAR-' + name, 'dev': device(role, name, uuid), 'wwn': uuid,
            'readonly': False, 'write_back': False, 'attributes': ATTRIBUTES,
            'alua_tpgs': [{
                'name': star_lio.port_group(node), 'tg_pt_gp_id': node, 'alua_access_type': IMPLICIT, 'alua_access_state': state,
            }],
        } for _, name, uuid in luns],
        'targets': [{
            'fabric': 'iscsi', 'wwn': iqn('target'),
            'tpgs': [{
                'tag': 1, 'enable': True,
                'attributes': {'authentication': 0, 'generate_node_acls': 0, 'demo_mode_write_protect': 1},
                'parameters': {},
                'luns': [{
                    'index': number, 'storage_object': '/backstores/block/STAR-' + name,
                    'alua_tg_pt_gp_name': star_lio.port_group(node), 'alias': 'lun%d' % number,
                } for number, name, _ in luns],
                'node_acls': acls,
                'portals': [{'ip_address': '0.0.0.0', 'port': 3260, 'iser': False, 'offload': False}],
            }],
        }],
    }


def put(path, value):
    """Whole or not at all; an equal file is left alone. True if it changed."""
    text = json.dumps(value, indent=2, sort_keys=True) + '\n'
    if os.path.exists(path) and open(path).read() == text:
        return False
    with open(path + '.new', 'w') as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + '.new', path)
    return True


def of_this_node(config):
    """The same configuration with this node's port group: the saved ones are alike on both controllers."""
    name = star_lio.port_group(NODE)
    for backstore in config['storage_objects']:
        for group in backstore['alua_tpgs']:
            group.update(name=name, tg_pt_gp_id=NODE)
    for target in config['targets']:
        for lun in target['tpgs'][0]['luns']:
            lun['alua_tg_pt_gp_name'] = name
    return config


def within_reach(config):
    """Only the LUNs whose disk is there. ACTIVE leaves nothing out; STANDBY may not see a new LUN yet."""
    reached = [spec for spec in config['storage_objects'] if os.path.exists(spec['dev'])]
    if len(reached) == len(config['storage_objects']):
        return config
    names = {'/backstores/block/' + spec['name'] for spec in reached}
    for target in config['targets']:
        tpg = target['tpgs'][0]
        tpg['luns'] = [lun for lun in tpg['luns'] if lun['storage_object'] in names]
        indexes = {lun['index'] for lun in tpg['luns']}
        for acl in tpg['node_acls']:
            acl['mapped_luns'] = [mapped for mapped in acl['mapped_luns'] if mapped['tpg_lun'] in indexes]
    return dict(config, storage_objects=reached)

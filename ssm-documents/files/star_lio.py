"""The kernel's iSCSI target, through configfs: built, turned to another role, read and taken away.

Order is what keeps hosts free of errors: the portal appears once everything behind it is complete, and is the first to
go. Every LUN stands on its gate (star_gate). Written for Python 3.6 (Rocky Linux 8).
"""
import os
import sys

import star_gate

CONFIGFS = '/sys/kernel/config/target'
NODE = int(os.uname()[1][-1])
# ALUA, SPC-4: asymmetric access states and LIO's implicit transition type.
OPTIMIZED, NON_OPTIMIZED, UNAVAILABLE, IMPLICIT = 0, 1, 3, 1


def read(path, default=None):
    try:
        with open(path) as file:
            return file.read().strip().split('\n')[0].strip('\0')
    except OSError:
        if default is None:
            raise
        return default


def write(path, value):
    with open(path, 'w') as file:
        file.write(str(value))


def make(path):
    if not os.path.isdir(path):
        os.mkdir(path)


def folders(path):
    """Folders only: configfs shows attributes as files and what it links to as links."""
    if not os.path.isdir(path):
        return []
    entries = sorted(os.path.join(path, name) for name in os.listdir(path))
    return [entry for entry in entries if os.path.isdir(entry) and not os.path.islink(entry)]


def port_group(node):
    return 'node%d_tg_pt_gp' % node


def groups():
    """Portal groups of our target: one, or none."""
    targets = [path for path in folders(CONFIGFS + '/iscsi') if os.path.basename(path).startswith('iqn.')]
    return [group for target in targets for group in folders(target) if os.path.basename(group).startswith('tpgt_')]


def is_whole():
    """All that hosts need to log in is there."""
    return any(read(group + '/enable', '0') == '1' and folders(group + '/np') for group in groups())


def load_modules():
    if not os.path.isdir(CONFIGFS + '/core'):
        if os.system('modprobe -a target_core_mod target_core_iblock iscsi_target_mod') != 0:
            sys.exit('star-target: the kernel has no iSCSI target')
    make(CONFIGFS + '/iscsi')


def backstores():
    hbas = [hba for hba in folders(CONFIGFS + '/core') if os.path.basename(hba).startswith('iblock_')]
    return [backstore for hba in hbas for backstore in folders(hba)]


def gate_of(backstore):
    return os.path.basename(backstore)[len(star_gate.PREFIX):]


def access(backstore, state):
    path = '%s/alua/%s/alua_access_state' % (backstore, port_group(NODE))
    if read(path, '') != str(state):
        write(path, state)


def build_backstore(number, spec):
    hba = '%s/core/iblock_%d' % (CONFIGFS, number)
    path = hba + '/' + spec['name']
    if os.path.isdir(path):
        remove_backstore(path)
    make(hba)
    make(path)
    device = '%s/%s' % (star_gate.NODES, gate_of(path))
    write(path + '/control', 'udev_path=' + device)
    write(path + '/udev_path', device)
    write(path + '/enable', 1)
    write(path + '/wwn/vpd_unit_serial', spec['wwn'])
    for name, value in spec['attributes'].items():
        write('%s/attrib/%s' % (path, name), value)
    for group in spec['alua_tpgs']:
        folder = '%s/alua/%s' % (path, group['name'])
        make(folder)
        write(folder + '/tg_pt_gp_id', group['tg_pt_gp_id'])
        write(folder + '/alua_access_type', group['alua_access_type'])
        write(folder + '/alua_access_state', group['alua_access_state'])
    return path


def build_lun(group, lun, specs):
    """A LUN with its backstore. One that is there already is told its state alone: its gate was pointed before."""
    folder = '%s/lun/lun_%d' % (group, lun['index'])
    spec = specs[lun['storage_object'].split('/')[-1]]
    if read(folder + '/alua_tg_pt_gp', '').endswith(lun['alua_tg_pt_gp_name']):
        backstore = '%s/core/iblock_%d/%s' % (CONFIGFS, lun['index'], spec['name'])
        return access(backstore, spec['alua_tpgs'][0]['alua_access_state'])
    make(folder)
    unlink_below(folder)
    os.symlink(build_backstore(lun['index'], spec), folder + '/backstore')
    write(folder + '/alua_tg_pt_gp', lun['alua_tg_pt_gp_name'])


def build_acl(group, acl):
    folder = '%s/acls/%s' % (group, acl['node_wwn'])
    make(folder)
    for mapped in acl['mapped_luns']:
        make('%s/lun_%d' % (folder, mapped['index']))
        link = '%s/lun_%d/lun' % (folder, mapped['index'])
        if not os.path.islink(link):
            os.symlink('%s/lun/lun_%d' % (group, mapped['tpg_lun']), link)


def build(config, point):
    """Makes the kernel's target what the configuration says; `point` points a LUN's gate. The portal comes last."""
    specs = {spec['name']: spec for spec in config['storage_objects']}
    for spec in config['targets']:
        target = '%s/iscsi/%s' % (CONFIGFS, spec['wwn'])
        group = target + '/tpgt_1'
        tpg = spec['tpgs'][0]
        if not os.path.isdir(group):
            make(target)
            make(group)
            for name, value in tpg['attributes'].items():
                write('%s/attrib/%s' % (group, name), value)
        # The partner may log in to ACTIVE only: two that pass I/O on to each other would do so for ever.
        known = {acl['node_wwn'] for acl in tpg['node_acls']}
        for acl in folders(group + '/acls'):
            if os.path.basename(acl) not in known:
                remove_acl(acl)
        for lun in tpg['luns']:
            point(specs[lun['storage_object'].split('/')[-1]])
            build_lun(group, lun, specs)
        for acl in tpg['node_acls']:
            build_acl(group, acl)
        if read(group + '/enable', '0') != '1':
            write(group + '/enable', 1)
        for portal in tpg['portals']:
            make('%s/np/%s:%d' % (group, portal['ip_address'], portal['port']))


def unlink_below(path):
    for name in os.listdir(path):
        if os.path.islink(os.path.join(path, name)):
            os.unlink(os.path.join(path, name))


def remove_acl(acl):
    for mapped in folders(acl):
        if os.path.basename(mapped).startswith('lun_'):
            unlink_below(mapped)
            os.rmdir(mapped)
    os.rmdir(acl)


def remove_backstore(backstore):
    for group in folders(backstore + '/alua'):
        if os.path.basename(group) != 'default_tg_pt_gp':
            os.rmdir(group)
    os.rmdir(backstore)


def remove():
    for group in groups():
        for portal in folders(group + '/np'):
            os.rmdir(portal)
        write(group + '/enable', 0)
        for acl in folders(group + '/acls'):
            remove_acl(acl)
        for lun in folders(group + '/lun'):
            unlink_below(lun)
            os.rmdir(lun)
        os.rmdir(group)
        os.rmdir(os.path.dirname(group))
    for backstore in backstores():
        remove_backstore(backstore)
        os.rmdir(os.path.dirname(backstore))


def sessions(group):
    return sorted(os.path.basename(acl) for acl in folders(group + '/acls')
                  if not read(acl + '/info', 'No active').startswith('No active'))


def state():
    """serving: hosts can log in, and their I/O is taken. devices: what the backstores stand on, one for each LUN."""
    result = {'serving': False, 'luns': 0, 'alua': None, 'sessions': [], 'devices': []}
    for group in groups():
        result['luns'] = len(folders(group + '/lun'))
        result['sessions'] = sessions(group)
    states = set()
    for backstore in backstores():
        result['devices'].append(read(backstore + '/udev_path', ''))
        states.add(read('%s/alua/%s/alua_access_state' % (backstore, port_group(NODE)), ''))
    result['serving'] = is_whole() and str(UNAVAILABLE) not in states
    names = {str(OPTIMIZED): 'optimized', str(NON_OPTIMIZED): 'non-optimized', str(UNAVAILABLE): 'unavailable'}
    if len(states) == 1:
        value = states.pop()
        result['alua'] = names.get(value, value)
    return result

"""What is so on this controller, as one JSON object. Asks the cluster, LVM and the kernel; changes nothing.

Written for Python 3.6 (Rocky Linux 8).
"""
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree


def output(*command):
    """What a command prints, or '' where it fails: a controller that is half built is still to be described."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                              universal_newlines=True, timeout=30)
        return done.stdout if done.returncode == 0 else ''
    except (OSError, subprocess.TimeoutExpired):
        return ''


def start(*command):
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                            universal_newlines=True)


def fencing(options, tree, online):
    """'on' where every node that is there can fence its partner: the device for that runs there, and its last look was good."""
    if options.get('stonith-enabled') != 'true':
        return 'off'
    ready = {(device.get('id'), node.get('name')) for device in tree.iter('resource') for node in device.findall('node')
             if device.get('role') == 'Started' and device.get('failed') != 'true'}
    return 'on' if all(('fence-%d' % (3 - int(name[-1])), name) in ready for name in online) else 'unknown'


def cluster(text):
    """What the cluster says of itself; `fencing` is 'unknown' while none runs here."""
    found = {'running': False, 'online': [], 'promoted': [], 'unpromoted': [], 'failures': [], 'fencing': 'unknown'}
    if not text:
        return found
    tree = ElementTree.fromstring(text)
    options = tree.find('./summary/cluster_options')
    found['running'] = True
    found['online'] = sorted(node.get('name') for node in tree.findall('./nodes/node') if node.get('online') == 'true')
    if options is not None:
        found['fencing'] = fencing(options, tree, found['online'])
    for resource in tree.iter('resource'):
        if resource.get('id') != 'STARorbit' or resource.get('active') != 'true':
            continue
        role = {'promoted': 'promoted', 'master': 'promoted'}.get(resource.get('role', '').lower(), 'unpromoted')
        found[role] += [node.get('name') for node in resource.findall('node')]
    found['failures'] = ['%s on %s: %s' % (failure.get('op_key', failure.get('task')), failure.get('node'),
                                           failure.get('exitreason') or failure.get('exitstatus'))
                         for failure in tree.findall('./failures/failure')][:10]
    return found


def mapped():
    names = []
    for entry in os.listdir('/sys/class/block'):
        try:
            with open('/sys/class/block/%s/dm/name' % entry) as file:
                names.append(file.read().strip())
        except OSError:
            pass
    return any(name.startswith('STARpool-') for name in names)


def tag(tags, name):
    for entry in tags.split(','):
        if entry.startswith(name + '='):
            return entry[len(name) + 1:]
    return None


def pool_and_luns(text):
    """From one lvs call: a line a volume, `name size tags system-id pool-size pool-free`, sizes in MiB."""
    pool = {'active': False, 'owner': None, 'sizeMiB': 0, 'freeMiB': 0}
    luns = []
    for line in text.splitlines():
        name, size, tags, owner, total, free = [field.strip() for field in line.split('|')]
        pool.update(owner=owner or None, sizeMiB=int(float(total)), freeMiB=int(float(free)))
        uuid = tag(tags, 'star.uuid')
        if uuid:
            wwid = '36001405' + uuid.replace('-', '')[:25]
            luns.append((int(tag(tags, 'star.lun')), [name, wwid, int(float(size)), int('star.new' in tags.split(','))]))
    return pool, [lun for _, lun in sorted(luns)]


def target():
    """As `star-target show`, without a second start of Python."""
    sys.path.insert(0, '/usr/lib/star')
    try:
        import star_lio
        shown = star_lio.state()
    except (ImportError, OSError, ValueError):
        shown = {}
    return {'serving': shown.get('serving', False), 'luns': shown.get('luns', 0), 'alua': shown.get('alua'),
            'sessions': shown.get('sessions', [])}


def main():
    lvs = start('lvs', '--noheadings', '--foreign', '--separator', '|', '--units', 'm', '--nosuffix',
                '--options', 'lv_name,lv_size,lv_tags,vg_systemid,vg_size,vg_free', 'STARpool')
    members = cluster(output('crm_mon', '--one-shot', '--inactive', '--output-as=xml'))
    pool, luns = pool_and_luns(lvs.communicate()[0])
    name = os.uname()[1]
    role = 'none'
    if name in members['promoted']:
        role = 'ACTIVE'
    elif name in members['unpromoted']:
        role = 'STANDBY'
    # STANDBY has the volumes mapped, too; and the pool's owner follows a change of roles a moment later.
    pool['active'] = role == 'ACTIVE' and pool['owner'] == name and mapped()
    fencing = members.pop('fencing')
    members.pop('running')
    with open('/proc/sys/kernel/random/boot_id') as file:
        boot_id = file.read().strip()
    print(json.dumps({
        'changed': [], 'name': name, 'role': role, 'fencing': fencing, 'cluster': members, 'pool': pool,
        'luns': luns if pool['active'] else [], 'target': target(), 'bootId': boot_id,
    }, separators=(',', ':')))


main()

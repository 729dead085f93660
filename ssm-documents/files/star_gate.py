"""Gates: one device-mapper device for each LUN, which the target stands on for as long as it is there. A change of role
points the gates elsewhere; the target, and the hosts' sessions with it, stay.

local      the pool's own volume: ACTIVE
through    the partner's LUN: STANDBY
closed     nowhere: between the roles
refused    nowhere, and what waits is answered with an error: only where no host hears it any more

Else a gate never answers an error: LIO would make an ILLEGAL REQUEST of it, which a host's multipath hands on. What cannot go on
waits in the gate, and goes to wherever that points next. By ioctl, in this process: dmsetup takes longer for each call
than the change itself. Written for Python 3.6 (Rocky Linux 8).
"""
import errno
import fcntl
import os
import struct

NODES = '/dev/star'
PREFIX = 'STAR-'
# struct dm_ioctl and struct dm_target_spec of linux/dm-ioctl.h, interface version 4.
HEADER = struct.Struct('=3IIIIiIIIQ128s129s7x')
TARGET = struct.Struct('=QQiI16s')
CREATE, REMOVE, SUSPEND, STATUS, LOAD = 3, 4, 6, 7, 9
SUSPENDED, SKIP_LOCKFS, NOFLUSH = 1 << 1, 1 << 10, 1 << 11
# The kernel lets a multipath table be followed by none but its like; so all of them are.
WAITING = '3 queue_if_no_path queue_mode bio 0 '
TABLES = {'closed': WAITING + '0 0', 'refused': '2 queue_mode bio 0 0 0'}
TABLES['local'] = TABLES['through'] = WAITING + '1 1 round-robin 0 1 0 %s'


def call(command, device, flags=0, body=b'', targets=0):
    """Answers struct dm_ioctl's fields. `data_size` counts the header."""
    size = HEADER.size + len(body)
    head = HEADER.pack(4, 0, 0, size, HEADER.size, targets, 0, flags, 0, 0, 0, device.encode(), b'')
    request = bytearray(head + body)
    fcntl.ioctl(control(), (3 << 30) | (HEADER.size << 16) | (0xfd << 8) | command, request)
    return HEADER.unpack_from(request)


def control():
    if 'file' not in control.__dict__:
        control.file = os.open('/dev/mapper/control', os.O_RDWR)
    return control.file


def load(name, sectors, text):
    words = text.encode() + b'\0'
    words += b'\0' * (-len(words) % 8)
    call(LOAD, PREFIX + name, body=TARGET.pack(0, sectors, 0, TARGET.size + len(words), b'multipath') + words, targets=1)


def point(name, sectors, kind, device=None):
    """Makes the gate if there is none. Comes back once nothing is under way any more to where it pointed before."""
    try:
        call(CREATE, PREFIX + name)
        fresh = True
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        fresh = False
    load(name, sectors, TABLES[kind] % device if device else TABLES[kind])
    if not fresh:
        call(SUSPEND, PREFIX + name, SUSPENDED | SKIP_LOCKFS | NOFLUSH)
    link(name, os.minor(call(SUSPEND, PREFIX + name)[10]))


def link(name, minor):
    path, node = '%s/%s' % (NODES, name), '../dm-%d' % minor
    if os.path.islink(path) and os.readlink(path) == node:
        return
    os.makedirs(NODES, exist_ok=True)
    if os.path.islink(path):
        os.unlink(path)
    os.symlink(node, path)


def remove(name):
    try:
        call(REMOVE, PREFIX + name)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
    if os.path.islink('%s/%s' % (NODES, name)):
        os.unlink('%s/%s' % (NODES, name))


def open_count(device):
    return call(STATUS, device)[6]


def devices():
    """Sectors by name, of every device there is."""
    found = {}
    for entry in os.listdir('/sys/class/block'):
        try:
            with open('/sys/class/block/%s/dm/name' % entry) as name, open('/sys/class/block/%s/size' % entry) as size:
                found[name.read().strip()] = int(size.read())
        except OSError:
            continue
    return found


def gates():
    """Sectors by LUN."""
    return {name[len(PREFIX):]: size for name, size in devices().items() if name.startswith(PREFIX)}

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
CREATE, REMOVE, SUSPEND, STATUS, LOAD, TABLE, MESSAGE = 3, 4, 6, 7, 9, 12, 14
SUSPENDED, TABLE_AS_LOADED, SKIP_LOCKFS, NOFLUSH = 1 << 1, 1 << 4, 1 << 10, 1 << 11
# Of a gate's status.
TEXT_BYTES = 1024
# The kernel lets a multipath table be followed by none but its like; so all of them are.
WAITING = '3 queue_if_no_path queue_mode bio 0 '
TABLES = {'closed': WAITING + '0 0', 'refused': '2 queue_mode bio 0 0 0'}
TABLES['local'] = TABLES['through'] = WAITING + '1 1 round-robin 0 1 0 %s'


def call(command, device, flags=0, body=b'', targets=0):
    """Answers struct dm_ioctl's fields, and what is behind them. `data_size` counts the header."""
    size = HEADER.size + len(body)
    head = HEADER.pack(4, 0, 0, size, HEADER.size, targets, 0, flags, 0, 0, 0, device.encode(), b'')
    request = bytearray(head + body)
    fcntl.ioctl(control(), (3 << 30) | (HEADER.size << 16) | (0xfd << 8) | command, request)
    return HEADER.unpack_from(request) + (bytes(request[HEADER.size:]),)


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


def text(name, flags=0):
    """A gate's status in the kernel's words; its table with `TABLE_AS_LOADED`."""
    return call(TABLE, PREFIX + name, flags, bytes(TEXT_BYTES))[-1][TARGET.size:].split(b'\0')[0].decode()


def failed(name):
    """The device (`MAJOR:MINOR`) of a gate's way, where the kernel does not use it any more because of an error; else None."""
    words = text(name).split()
    return next((device for device, state in zip(words, words[1:]) if ':' in device and state == 'F'), None)


def holds(name):
    """What fails waits in it. The kernel ends that by itself once something has waited too long, and answers errors."""
    return 'queue_if_no_path' in text(name, TABLE_AS_LOADED)


def tell(name, message):
    call(MESSAGE, PREFIX + name, body=struct.pack('=Q', 0) + message.encode() + b'\0')


def renew(tried):
    """Has the kernel use the ways again that it gave up after an error: it never does by itself. `tried` are the gates that
    were so when this was last looked at; answers those of now.

    While a gate holds I/O, once: what it does not rid it of is for the kernel's time-out, because what waits too long must
    not be written. After that nothing waits, and it is tried until it works; then errors are held again.
    """
    found = set()
    for name in gates():
        device = failed(name)
        held = holds(name)
        if device and not (held and name in tried):
            tell(name, 'reinstate_path ' + device)
        if device:
            found.add(name)
        elif not held:
            tell(name, 'queue_if_no_path')
    return found


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

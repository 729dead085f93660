"""The pool on this controller: its volumes, as device-mapper devices, on STANDBY as well, so that a promote has nothing to
wait for. Nobody writes through them there: hosts' I/O goes through gates (star_gate), and STANDBY's point to ACTIVE.

Volumes that were mapped by older metadata than the disks hold now would be another one's data. So /run/star/pool has
what the disks' metadata headers were when the volumes were mapped: LVM writes these anew with every change. Where they
differ, the volumes are mapped again. Written for Python 3.6 (Rocky Linux 8).
"""
import errno
import mmap
import os
import select
import sys

import star_gate
import star_lio

DISKS = '/dev/disk/by-id'
EBS = 'nvme-Amazon_Elastic_Block_Store_'
MEMORY = '/run/star/pool'
MAPPED = 'STARpool-'
# Of LVM's text format: where a disk's first metadata area begins, and what it begins with behind its checksum.
AREA, SECTOR, MAGIC = 4096, 512, b' LVM2 x[5A%r0N*>'
# udev may look at a volume for a moment.
TRIES, PAUSE_SECONDS = 20, 0.1


def disks():
    return ['%s/%s' % (DISKS, name) for name in sorted(os.listdir(DISKS)) if name.startswith(EBS)]


def headers():
    """A line for each disk with a pool on it; read from the disk itself, because the other controller writes there, too."""
    found = []
    buffer = mmap.mmap(-1, mmap.PAGESIZE)
    for disk in disks():
        try:
            file = os.open(disk, os.O_RDONLY | os.O_DIRECT)
        except OSError:
            continue
        try:
            os.lseek(file, AREA, os.SEEK_SET)
            read = os.readv(file, [buffer])
        except OSError:
            continue
        finally:
            os.close(file)
        if read >= SECTOR and buffer[4:4 + len(MAGIC)] == MAGIC:
            found.append('%s %s\n' % (os.path.basename(disk), buffer[:SECTOR].hex()))
    return ''.join(found)


def is_current():
    """Every volume is mapped, as the disks' metadata has it now."""
    seen = headers()
    try:
        with open(MEMORY) as file:
            return bool(seen) and file.read() == seen
    except OSError:
        return False


def mapped():
    return [name for name in star_gate.devices() if name.startswith(MAPPED)]


def in_use():
    return [name for name in mapped() if star_gate.open_count(name) > 0]


def detach():
    """What somebody has open stays: an error."""
    if os.path.exists(MEMORY):
        os.unlink(MEMORY)
    for name in mapped():
        for left in reversed(range(TRIES)):
            try:
                star_gate.call(star_gate.REMOVE, name)
                break
            except OSError as error:
                if error.errno != errno.EBUSY or left == 0:
                    raise
                select.select([], [], [], PAUSE_SECONDS)
        if os.path.lexists('/dev/mapper/' + name):
            os.unlink('/dev/mapper/' + name)


def attach(names):
    """Maps the volumes anew; `names` are those that must be there."""
    node = os.uname()[1]
    partner = node[:-1] + str(3 - int(node[-1]))
    for _ in range(TRIES):
        before = headers()
        detach()
        # Under the name of whoever owns the pool: LVM maps nothing of another one's. Most times that is the partner.
        if not activate(partner, names):
            activate(node, names)
        if headers() == before:
            break
    else:
        sys.exit('star-target: the metadata of STARpool changed all the time')
    missing = [name for name in names if not os.path.exists('/dev/STARpool/' + name)]
    if missing or not before:
        sys.exit('star-target: STARpool could not be activated: %s' % (', '.join(missing) or 'no disk has it'))
    star_lio.write(MEMORY + '.new', before)
    os.rename(MEMORY + '.new', MEMORY)


def activate(owner, names):
    """What lvm's exit code does not say, the look does."""
    config = 'global/system_id_source="lvmlocal" local/system_id="%s"' % owner
    os.spawnlp(os.P_WAIT, 'lvm', 'lvm', 'vgchange', '--quiet', '--config', config, '--activate', 'y', 'STARpool')
    return all(os.path.exists('/dev/STARpool/' + name) for name in names)

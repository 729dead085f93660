"""Lets this host go of an array's LUNs: unmounts what stands on them, takes the devices away, logs out.

Only what stands on this array's LUNs is touched, whatever else the host has mounted. Refuses before the first change
while a process uses any of it; force ends such processes, and goes on past what will not let go. Node records stay as
they are, so that the host logs in again at its next boot. Needs neither fuser nor lsof. Python 3.6 (Rocky Linux 8).
"""
import glob
import json
import os
import re
import signal
import subprocess
import sys
import time

ARRAY, FORCE = sys.argv[1], sys.argv[2] == 'yes'
TARGET = 'iqn.2023-09.test.use.only:%s-target' % ARRAY
# They open every device that comes, and let go of it by themselves.
WATCHERS = ('multipathd', 'systemd-udevd', '(udev-worker)')
changed, unmounted = [], []


def read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ''


def run(*command):
    """'' where it worked, else what it said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          universal_newlines=True)
    if done.returncode == 0:
        return ''
    return done.stdout.strip() or '%s: exit status %d' % (command[0], done.returncode)


def change(what):
    changed.append(what)
    print('changed: ' + what, file=sys.stderr)


def trouble(*lines):
    """What stands in the way: the end, unless forced."""
    print(('warning: ' if FORCE else 'error: ') + '\n'.join(lines), file=sys.stderr)
    if not FORCE:
        sys.exit(1)


def sessions():
    return [path for path in glob.glob('/sys/class/iscsi_session/session*') if read(path + '/targetname') == TARGET]


class Device:
    """A block device on LUNs: a path (sd), a multipath map, or what stands on it (partition, LVM volume, md)."""

    def __init__(self, path):
        kernel = os.path.basename(path)
        self.path = path
        self.number = read(path + '/dev')
        self.is_path = kernel.startswith('sd')
        self.mapped = read(path + '/dm/name')
        self.node = '/dev/mapper/' + self.mapped if self.mapped else '/dev/' + kernel
        self.names = {self.node, '/dev/' + kernel}


def devices():
    """The paths of all LUNs and what stands on them; what stands on top comes last."""
    ours = {os.path.basename(path) for path in sessions()}
    found = []

    def climb(path):
        found[:] = [device for device in found if device.path != path] + [Device(path)]
        for holder in glob.glob(path + '/holders/*'):
            climb('/sys/block/' + os.path.basename(holder))
        for partition in glob.glob(path + '/*/partition'):
            climb(os.path.dirname(partition))

    for disk in sorted(glob.glob('/sys/block/sd*')):
        session = re.search(r'/(session\d+)/', os.path.realpath(disk + '/device'))
        if session and session.group(1) in ours and read(disk + '/device/model').startswith('STAR-'):
            climb(disk)
    return found


def device_of(name, index):
    """The device that a name below /dev stands for, if it is one of these."""
    return (index.get(name) or index.get(os.path.realpath(name))) if name.startswith('/dev/') else None


def mounts(mountinfo, index):
    """(mount point, whether it is on one of these devices), in the order they were mounted in."""
    numbers = {device.number for device in index.values()}
    for line in mountinfo.splitlines():
        fields = [re.sub(r'\\(\d{3})', lambda code: chr(int(code.group(1), 8)), field) for field in line.split()]
        source = fields[fields.index('-') + 2]
        # btrfs has a number of its own: there only the source tells.
        yield fields[4], fields[2] in numbers or device_of(source, index) is not None


def used_by(process):
    """Every path that a process has open, mapped, or stands in."""
    for link in [process + '/cwd', process + '/root', process + '/exe'] + glob.glob(process + '/fd/*'):
        try:
            yield os.readlink(link)
        except OSError:
            pass
    for line in read(process + '/maps').splitlines():
        if '/' in line:
            yield line.split(None, 5)[5]


def is_below(path, point):
    return (path + '/').startswith(point.rstrip('/') + '/')


def users(points, index):
    """Mount point or device -> {process id: name}."""
    places = {}
    for process in glob.glob('/proc/[0-9]*'):
        pid, name = int(os.path.basename(process)), read(process + '/comm')
        if pid in (1, os.getpid()) or name in WATCHERS:
            continue
        for path in set(used_by(process)):
            device = device_of(path, index)
            here = sorted((point for point in points if is_below(path, point)), key=len, reverse=True)
            # The paths themselves are opened by whoever looks after paths.
            here += [device.node] if device and not device.is_path else []
            for place in here[:1]:
                places.setdefault(place, {})[pid] = name
    return places


def said(place, processes):
    names = ['%s (%d)' % (name, pid) for pid, name in sorted(processes.items())]
    more = ['%d more' % (len(names) - 10)] if len(names) > 10 else []
    return '%s: %s' % (place, ', '.join(names[:10] + more))


def runs(pid):
    """A process that has ended has nothing open, whether its parent has noticed or not."""
    state = read('/proc/%d/stat' % pid).rpartition(')')[2].split()[:1]
    return state not in ([], ['Z'], ['X'])


def end(processes):
    """Asked first, then made to."""
    for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        for pid in filter(runs, processes):
            try:
                os.kill(pid, number)
            except OSError:
                pass
        deadline = time.time() + seconds
        while any(map(runs, processes)) and time.time() < deadline:
            time.sleep(0.2)
    for pid, name in sorted(processes.items()):
        change('process %s (%d) ended' % (name, pid))


def free(points, others, index):
    """Before the first change: nobody may be using any of it."""
    busy = users(points, index)
    below = ['%s: %s is mounted below it' % (point, other) for point in points for other in others
             if other != point and is_below(other, point)]
    lines = [said(place, busy[place]) for place in sorted(busy)] + below
    if lines:
        trouble('LUNs of %s are in use. End this, or stop the array by force:' % ARRAY, *lines)
    end({pid: name for processes in busy.values() for pid, name in processes.items()})


def unmount(points, index):
    swaps = [line.split()[0] for line in read('/proc/swaps').splitlines()[1:]]
    swaps = [path for path in swaps if device_of(path, index)]
    for command, place in [('swapoff', path) for path in swaps] + [('umount', point) for point in reversed(points)]:
        failure = run(command, place)
        if failure:
            trouble(failure)
            continue
        unmounted.append(place)
        change('%s %s' % (command, place))


def remove(found, index):
    """Multipath maps and what stands on them, from the top, in one process."""
    mapped = [device.mapped for device in reversed(found) if device.mapped]
    if not mapped:
        return
    failure = run('dmsetup', 'remove', '--retry', *mapped)
    if not failure:
        change('devices %s removed' % ' '.join(mapped))
        return
    # A container may have what is unmounted here mounted still, in a namespace of its own.
    hidden = {int(os.path.basename(process)): read(process + '/comm') for process in glob.glob('/proc/[0-9]*')
              if any(ours for _, ours in mounts(read(process + '/mountinfo'), index))}
    trouble(failure, *([said('still mounted for', hidden)] if hidden else []))
    # What is written from now on fails at once: a shutdown must not wait for paths that never come back.
    for name in mapped:
        run('dmsetup', 'message', name, '0', 'fail_if_no_path')


def log_out():
    failures = []
    for session in sessions():
        # A controller that is gone answers no logout: what is queued for it fails at once.
        if read(session + '/state') != 'LOGGED_IN':
            with open(session + '/recovery_tmo', 'w') as file:
                file.write('0')
        number = os.path.basename(session)[len('session'):]
        failure = run('iscsiadm', '--mode', 'session', '--sid', number, '--logout')
        if failure:
            failures.append(failure)
        else:
            change('session %s logged out' % number)
    if failures:
        trouble(*failures)


def main():
    found = devices()
    index = {name: device for device in found for name in device.names}
    table = list(mounts(read('/proc/self/mountinfo'), index))
    points = [point for point, ours in table if ours]
    free(points, [point for point, ours in table if not ours], index)
    os.sync()
    unmount(points, index)
    remove(found, index)
    log_out()
    print(json.dumps({'changed': changed, 'unmounted': unmounted}, separators=(',', ':')))


main()

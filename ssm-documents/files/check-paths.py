"""What really works from this host: a login at each controller, and reads of every LUN through each of its paths.

Reads the first and the last 4 KiB past the page cache, and changes nothing. A read that hangs cannot be interrupted, so
workers make them: one that hangs is killed and left behind. Written for Python 3.6 (Rocky Linux 8).
"""
import glob
import hashlib
import json
import mmap
import os
import re
import select
import signal
import subprocess
import sys
import time

TARGET = 'iqn.2023-09.test.use.only:%s-target' % sys.argv[1]
CONTROLLERS = [pair.split('=')[1] for pair in sys.argv[2].split(',')]
PATIENCE = float(sys.argv[3])  # seconds for the two reads of one path
TOTAL = 10 * PATIENCE  # for all of them
SIZE = 4096
WORKERS = 8
# So many reads that hang through one controller: the others would hang, too.
ENOUGH = 3


def read_file(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ''


class Path:
    """A disk of our target: one LUN as it is seen through one controller."""

    def __init__(self, disk, session):
        number = session[len('session'):]
        self.address = read_file('/sys/class/iscsi_connection/connection%s:0/persistent_address' % number)
        self.device = '/dev/' + os.path.basename(disk)
        self.lun = read_file(disk + '/device/model').replace('STAR-', '', 1)
        self.wwid = read_file(disk + '/device/wwid') or self.lun


def paths():
    for disk in sorted(glob.glob('/sys/block/sd*')):
        session = re.search(r'/(session\d+)/', os.path.realpath(disk + '/device'))
        if session and read_file('/sys/class/iscsi_session/%s/targetname' % session.group(1)) == TARGET:
            yield Path(disk, session.group(1))


def read_ends(device):
    """A digest of both ends. The anonymous map gives the alignment that O_DIRECT needs."""
    handle = os.open(device, os.O_RDONLY | os.O_DIRECT)
    buffer = mmap.mmap(-1, SIZE)
    digest = hashlib.sha256()
    try:
        for offset in (0, os.lseek(handle, 0, os.SEEK_END) - SIZE):
            os.lseek(handle, offset, os.SEEK_SET)
            if os.readv(handle, [buffer]) != SIZE:
                raise OSError(0, 'a short read')
            digest.update(buffer)
    finally:
        os.close(handle)
    return digest.hexdigest()


def differs(one, other):
    """Whether two paths show different data, not what is just being written: one is read before and after the other."""
    for _ in range(3):
        before, between, after = read_ends(one), read_ends(other), read_ends(one)
        if between in (before, after) or before != after:
            return False
    return True


def work(jobs, pipe):
    """In a process of its own: one that is left behind must not hold the document's output open."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        for place, function, arguments in jobs:
            try:
                line = [place, function(*arguments), None]
            except OSError as error:
                line = [place, None, error.strerror or str(error)]
            os.write(pipe, (json.dumps(line) + '\n').encode())
    finally:
        # Never back to what comes after the fork: that is for one process alone.
        os._exit(0)


class Worker:
    def __init__(self, jobs):
        self.jobs = jobs
        self.rest = b''
        self.waited = 0
        self.pipe, other = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            work(jobs, other)
        os.close(other)

    def results(self):
        """What it has sent since the last time."""
        data = os.read(self.pipe, 65536)
        lines = (self.rest + data).split(b'\n')
        self.rest = lines.pop()
        # The end of the pipe: it died, and will not answer.
        self.waited = 0 if data else PATIENCE
        self.jobs = self.jobs[len(lines):]
        return [json.loads(line.decode()) for line in lines]

    def end(self):
        """Killed in the middle of a read it ends when that does; nobody waits for it."""
        os.close(self.pipe)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, os.WNOHANG)


def run(jobs, address_of):
    """place -> [value, error] of each job (place, function, arguments). `address_of`: the controller that it asks."""
    left, found, hung, workers = TOTAL, {}, {}, []

    def start(some):
        skipped = [job for job in some if hung.get(address_of(job[0]), 0) >= ENOUGH]
        found.update({job[0]: [None, 'not tried: others through this controller do not answer'] for job in skipped})
        some = [job for job in some if job not in skipped]
        if some:
            workers.append(Worker(some))

    for first in range(WORKERS):
        start(jobs[first::WORKERS])
    while workers:
        began = time.time()
        ready, _, _ = select.select([worker.pipe for worker in workers], [], [], 0.2)
        # A machine that stood still for a while is no reason to call a path slow.
        passed = min(1, time.time() - began)
        left -= passed
        for worker in list(workers):
            worker.waited += passed
            if worker.pipe in ready:
                found.update({place: [value, error] for place, value, error in worker.results()})
            late = left < 0
            if worker.jobs and not late and worker.waited < PATIENCE:
                continue
            workers.remove(worker)
            worker.end()
            if late:
                found.update({place: [None, 'not tried: time was up'] for place, _, _ in worker.jobs})
            elif worker.jobs:
                place = worker.jobs[0][0]
                found[place] = [None, 'no answer in %g s' % PATIENCE]
                hung[address_of(place)] = hung.get(address_of(place), 0) + 1
                start(worker.jobs[1:])
    return found


def ask(address):
    """A discovery is a login of its own, and says whether this host may see the target. Not a second session: that
    would bring another path of every LUN, and a target may take it for the first one come back, and end that."""
    return subprocess.Popen(['iscsiadm', '--mode', 'discovery', '--type', 'sendtargets', '--op', 'nonpersistent',
                             '--portal', address + ':3260'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, universal_newlines=True)


def answer(process, end):
    """'' where it is as it should be."""
    try:
        output, errors = process.communicate(timeout=max(0.1, end - time.time()))
    except subprocess.TimeoutExpired:
        process.kill()
        return 'no answer in %g s' % PATIENCE
    if process.returncode != 0:
        return (errors.strip().split('\n')[-1] or 'exit status %d' % process.returncode)[:200]
    return '' if TARGET in output.split() else 'it does not offer %s to this host' % TARGET


def main():
    end = time.time() + PATIENCE
    asked = [(address, ask(address)) for address in CONTROLLERS]
    found = list(paths())

    def address_of(place):
        return found[place].address

    read = run([(place, read_ends, (path.device,)) for place, path in enumerate(found)], address_of)
    luns = {}
    for place, path in enumerate(found):
        luns.setdefault(path.wwid, []).append(place)
    pairs = [(places[0], other) for places in luns.values() for other in places[1:]
             if None not in (read[places[0]][0], read[other][0]) and read[places[0]][0] != read[other][0]]
    compared = run([(other, differs, (found[one].device, found[other].device)) for one, other in pairs], address_of)
    read.update({place: [None, error] for place, (_, error) in compared.items() if error})
    failed = {}
    for place, (_, error) in sorted(read.items()):
        if error:
            failed.setdefault((found[place].address, error), []).append(found[place].lun)
    # Only what is wrong: of 256 LUNs a report has to stay below 24,000 characters.
    print(json.dumps({
        'changed': [], 'name': os.uname()[1], 'luns': len(luns), 'paths': len(found),
        'logins': [[address, answer(process, end)] for address, process in asked],
        'failed': [[address, error, names] for (address, error), names in sorted(failed.items())],
        'different': sorted({found[place].lun for place, (value, _) in compared.items() if value}),
    }, separators=(',', ':')))


main()

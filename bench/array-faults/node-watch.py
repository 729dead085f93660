"""Says when I/O can reach the pool on this node: a line `star-node-watch BOOT SECONDS 0|1` on the console for each change.

    python3 node-watch.py CONSOLE

The console is read from outside, so what was said outlives the node. Both controllers have the pool's volumes in their
kernels; what counts is whether a gate stands on one. Looks five times a second at names alone, and starts no process: it
must take nothing from what it watches.
"""
import os
import sys
import time

BLOCK = '/sys/class/block'


def in_use(device):
    try:
        with open('%s/%s/dm/name' % (BLOCK, device)) as name:
            return name.read().startswith('STARpool-') and bool(os.listdir('%s/%s/holders' % (BLOCK, device)))
    except OSError:
        return False


def main(path):
    active = None
    with open('/proc/sys/kernel/random/boot_id') as file:
        boot = file.read().strip()
    with open(path, 'w', buffering=1) as console:
        while True:
            was, active = active, any(in_use(device) for device in os.listdir(BLOCK) if device.startswith('dm-'))
            if active != was:
                # The kernel may be in the middle of a line of its own.
                console.write('\nstar-node-watch %s %.3f %d\n' % (boot, time.time(), active))
            time.sleep(0.2)


main(sys.argv[1])

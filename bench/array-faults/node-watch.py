"""Says when the pool is in this node's kernel: a line `<seconds since the epoch> <0 or 1>` for each change.

    python3 node-watch.py FILE

Looks five times a second at names alone, and starts no process: it must take nothing from what it watches.
"""
import os
import sys
import time


def volumes():
    return [name for name in os.listdir('/sys/class/block') if name.startswith('dm-')]


def is_pool(device):
    try:
        with open('/sys/class/block/%s/dm/name' % device) as name:
            return name.read().startswith('STARpool-')
    except OSError:
        return False


def main(path):
    known, active = None, None
    with open(path, 'a', buffering=1) as log:
        while True:
            now = volumes()
            if now != known:
                known, was = now, active
                active = any(is_pool(device) for device in now)
                if active != was:
                    log.write('%.3f %d\n' % (time.time(), active))
            time.sleep(0.2)


main(sys.argv[1])

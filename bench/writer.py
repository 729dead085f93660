"""Writes numbered, checksummed blocks to a device, one after the other, until FILE.stop is there; then reads all back.

    python3 writer.py DEVICE FILE [FIRST [PAUSE]]

O_DIRECT and O_SYNC: a write that returns is on the disk. Numbers begin at FIRST (0); PAUSE (0) seconds are between two
writes. FILE gets one JSON object in the end: writes, errors, bad (acknowledged blocks that read back wrong), stalls as
[seconds since the epoch, seconds] for each block that took over half a second, tries that failed included. FILE.going
says that writing has begun.
"""
import json
import mmap
import os
import struct
import sys
import time
import zlib

# So many slots that none is written twice in the minutes around a fault: what came late, and over a newer block, stays seen.
BLOCK, SLOTS = 8192, 32768
LONG = 0.5
AT_ONCE = 128


def block(number):
    body = struct.pack('<Q', number) * (BLOCK // 8 - 1)
    return struct.pack('<II', zlib.crc32(body), 0) + body


def wrong(disk, first, end):
    """Numbers from `first` on, without `end`, whose slots hold something else."""
    page = mmap.mmap(-1, BLOCK * AT_ONCE)
    found = []
    while first < end:
        count = min(AT_ONCE, end - first, SLOTS - first % SLOTS)
        view = memoryview(page)[:count * BLOCK]
        os.preadv(disk, [view], first % SLOTS * BLOCK)
        for i in range(count):
            if view[i * BLOCK:(i + 1) * BLOCK] != block(first + i):
                found.append(first + i)
        view.release()
        first += count
    return found


def main(device, report, first='0', pause='0'):
    disk = os.open(device, os.O_RDWR | os.O_DIRECT | os.O_SYNC)
    page = mmap.mmap(-1, BLOCK)
    number, errors, stalls = int(first), [], []
    open(report + '.going', 'w').close()
    begun = None
    while not os.path.exists(report + '.stop'):
        if begun is None:
            page[:] = block(number)
            begun = time.time()
        try:
            os.pwritev(disk, [page], number % SLOTS * BLOCK)
        except OSError as error:
            errors.append([round(time.time(), 2), str(error)])
            time.sleep(0.1)
            continue
        number += 1
        took = time.time() - begun
        if took > LONG:
            stalls.append([round(begun, 2), round(took, 2)])
        begun = None
        time.sleep(float(pause))
    bad = wrong(disk, max(int(first), number - SLOTS), number)
    with open(report + '.new', 'w') as file:
        json.dump({'writes': number - int(first), 'errors': errors, 'bad': bad, 'stalls': stalls}, file)
    os.rename(report + '.new', report)


main(*sys.argv[1:])

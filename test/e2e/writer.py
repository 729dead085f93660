"""Writes numbered, checksummed blocks to a device, one after the other, until FILE.stop is there; then reads all back.

    python3 writer.py DEVICE FILE

O_DIRECT and O_SYNC: a write that returns is on the disk. FILE gets one JSON object in the end: writes, errors, bad
(acknowledged blocks that read back wrong), stalls as [seconds since the epoch, seconds] for each write of over half a
second. FILE.going says that writing has begun.
"""
import json
import mmap
import os
import struct
import sys
import time
import zlib

BLOCK, SLOTS = 8192, 4096
LONG = 0.5


def block(number):
    body = struct.pack('<Q', number) * (BLOCK // 8 - 1)
    return struct.pack('<II', zlib.crc32(body), 0) + body


def main(device, report):
    disk = os.open(device, os.O_RDWR | os.O_DIRECT | os.O_SYNC)
    page = mmap.mmap(-1, BLOCK)
    number, errors, stalls = 0, [], []
    open(report + '.going', 'w').close()
    while not os.path.exists(report + '.stop'):
        page[:] = block(number)
        begun = time.time()
        try:
            os.pwritev(disk, [page], number % SLOTS * BLOCK)
            number += 1
        except OSError as error:
            errors.append([begun, str(error)])
            time.sleep(0.1)
        took = time.time() - begun
        if took > LONG:
            stalls.append([round(begun, 2), round(took, 2)])
    bad = []
    for wanted in range(max(0, number - SLOTS), number):
        os.preadv(disk, [page], wanted % SLOTS * BLOCK)
        if page[:] != block(wanted):
            bad.append(wanted)
    with open(report + '.new', 'w') as file:
        json.dump({'writes': number, 'errors': errors, 'bad': bad, 'stalls': stalls}, file)
    os.rename(report + '.new', report)


main(*sys.argv[1:])

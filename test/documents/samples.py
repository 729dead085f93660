"""samples.py <file> <first> <last> <step>: sysstat's own collector, run once for each time of a clock that was set.

Times are epoch seconds. The clock that sadc cannot be told, the time since boot, is put right in the file afterwards:
sadf measures intervals by it.
"""
import os
import struct
import subprocess
import sys
import time

path, first, last, step = sys.argv[1], *map(int, sys.argv[2:])
times = range(first, last + 1, step)
for at in times:
    clock = time.strftime('@%Y-%m-%d %H:%M:%S', time.localtime(at))
    subprocess.run(['faketime', '-f', clock, '/usr/lib/sysstat/sadc', '-F', '-S', 'DISK', '1', '1', path], check=True)

with open(path, 'rb') as file:
    content = bytearray(file.read())
begin = 0
for at in times:
    # A record begins with two numbers of 8 bytes: hundredths of a second since boot, and the time.
    place = content.index(struct.pack('<Q', at), begin)
    content[place - 8:place] = struct.pack('<Q', 1000000 + (at - first) * 100)
    begin = place + 8
with open(path, 'wb') as file:
    file.write(content)
os.utime(path, (times[-1], times[-1]))

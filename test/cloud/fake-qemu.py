#!/usr/bin/env python3
"""Stands for QEMU where only its process counts: becomes a daemon, writes its pid, and joins the port to the power switch
with the socket `guest` beside it, where a test speaks as the machine's fence agent does."""
import os
import re
import socket
import sys
import threading

words = sys.argv[1:]
pid_file = words[words.index('-pidfile') + 1]
folder = os.path.dirname(pid_file)


def listen(path):
    if os.path.exists(path):
        os.unlink(path)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(8)
    return server


clients = []


def hear(switch):
    """What the switch says is for whoever speaks now."""
    for data in iter(lambda: switch.recv(4096), b''):
        try:
            clients[-1].sendall(data)
        except (OSError, IndexError):
            pass


port = [path for word in words for path in re.findall(r'^socket,id=power,path=([^,]+)', word)]
power = listen(port[0]) if port else None
guest = listen(os.path.join(folder, 'guest'))
if os.fork():
    os._exit(0)
os.setsid()
with open(pid_file, 'w') as file:
    file.write(str(os.getpid()))
null = os.open(os.devnull, os.O_RDWR)
for descriptor in (0, 1, 2):
    os.dup2(null, descriptor)
if power is None:
    guest.accept()
switch = power.accept()[0]
threading.Thread(target=hear, args=(switch,), daemon=True).start()
while True:
    clients.append(guest.accept()[0])
    for data in iter(lambda: clients[-1].recv(4096), b''):
        switch.sendall(data)

#!/usr/bin/python3
"""Adds delay and loss to one cable of ssh_hosts.py, for kernels without netem.

usage: ssh_relay.py PORT HOST_NETNS HOST_INTERFACE DELAY_MS LOSS_PERCENT

Runs in the switch's network namespace.  Takes over the veth PORT with a packet
socket and puts a tap device in its place on br0; every frame is handed across
after DELAY_MS, or dropped with the given probability.
"""
import array
import collections
import ctypes
import fcntl
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time

port, host_ns, host_if = sys.argv[1:4]
delay = float(sys.argv[4]) / 1000
loss = float(sys.argv[5]) / 100

SIOCETHTOOL = 0x8946
TUNSETIFF = 0x400454CA
IFF_TAP_NO_PI = 0x1002


def offloads_off(ifname):
    # A packet socket would otherwise see unfinished checksums and jumbo frames.
    s = socket.socket()
    for op in (0x17, 0x1F, 0x24, 0x2C):  # STXCSUM, STSO, SGSO, SGRO
        data = array.array("B", struct.pack("II", op, 0))
        ifr = struct.pack("16sP", ifname.encode(), data.buffer_info()[0])
        try:
            fcntl.ioctl(s, SIOCETHTOOL, ifr)
        except OSError:
            pass
    s.close()


libc = ctypes.CDLL(None, use_errno=True)
own = os.open("/proc/self/ns/net", os.O_RDONLY)
there = os.open(host_ns, os.O_RDONLY)
if libc.setns(there, 0x40000000):
    raise OSError(ctypes.get_errno(), "setns")
offloads_off(host_if)
if libc.setns(own, 0x40000000):
    raise OSError(ctypes.get_errno(), "setns")
offloads_off(port)

tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
tapname = (port + "-tap")[:15]
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", tapname.encode(), IFF_TAP_NO_PI))
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.htons(3))
raw.bind((port, 0))
subprocess.run(["ip", "link", "set", tapname, "master", "br0", "up"], check=True)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
print("ready", flush=True)

pending = collections.deque()  # (when, to_tap, frame): the delay is constant
poll = select.poll()
poll.register(tap, select.POLLIN)
poll.register(raw, select.POLLIN)


def take(to_tap, frame):
    if random.random() >= loss:
        pending.append((time.monotonic() + delay, to_tap, frame))


while True:
    wait = None
    if pending:
        wait = max(0, (pending[0][0] - time.monotonic()) * 1000)
    ready = poll.poll(wait)
    for fd, _ in ready:
        for _ in range(64):
            try:
                if fd == tap:
                    take(False, os.read(tap, 65536))
                else:
                    frame, addr = raw.recvfrom(65536)
                    if addr[2] != socket.PACKET_OUTGOING:
                        take(True, frame)
            except BlockingIOError:
                break
    now = time.monotonic()
    while pending and pending[0][0] <= now:
        _, to_tap, frame = pending.popleft()
        try:
            if to_tap:
                os.write(tap, frame)
            else:
                raw.send(frame)
        except OSError:
            pass  # full queue or cable down: lost, as on a wire

"""Sends UDP datagrams on this machine with any source port, 0 too.

    python3 forged_udp.py SOURCE_PORT TARGET_PORT COUNT [NAME]

A socket of the usual kind always has a port of its own. So the header is made
here (RFC 768) and sent by a raw socket, which needs root, or CAP_NET_RAW.
"""

import socket
import struct
import sys

source, target, count = map(int, sys.argv[1:4])
name = (sys.argv[4:] or ["forged"])[0].encode()
# A checksum of 0 is none, which IPv4 allows.
header = struct.pack("!HHHH", source, target, 8 + len(name), 0)
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as s:
    for _ in range(count):
        s.sendto(header + name, ("127.0.0.1", 0))

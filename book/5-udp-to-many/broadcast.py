"""Sends a broadcast, first without and then with the option for it.

    python3 book/5-udp-to-many/broadcast.py 9999

Each receiver.ts prints the second one.
"""

import socket
import sys

addr = ("127.255.255.255", int(sys.argv[1]))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    s.sendto(b"Who is there?", addr)
except OSError as error:
    print(error)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.sendto(b"Is anybody there?", addr)

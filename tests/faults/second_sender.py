"""Sends a datagram to this machine from any of its addresses and ports.

    python3 second_sender.py HOST PORT TARGET_PORT TEXT
"""

import socket
import sys

host, port, target, text = sys.argv[1:]
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind((host, int(port)))
    s.sendto(text.encode(), ("127.0.0.1", int(target)))

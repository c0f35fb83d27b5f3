"""UDP client: python3 tests/interop/udp_client.py [HOST] PORT [NAME...]"""

import socket
import sys

args = sys.argv[1:] or ["9999"]
host = "127.0.0.1" if args[0].isdigit() else args.pop(0)
port = int(args.pop(0))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    for name in args or ["Michael", "Tracy", "Sarah"]:
        s.sendto(name.encode("utf-8"), (host, port))
        # A datagram can get lost, and then this waits for ever.
        print(s.recv(65507).decode("utf-8"))

"""A client for names that are typed, a line each, over UDP.

    python3 book/4-udp-client/typed_client.py [PORT]

With a server in another terminal you see a greeting for each name. Ctrl-D (on Windows
Ctrl-Z and Enter) ends it.
"""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 9999

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(2)  # a datagram can be lost
    while True:
        try:
            name = input()
        except EOFError:
            break
        s.sendto(name.encode("utf-8"), ("127.0.0.1", port))
        try:
            print(s.recv(65507).decode("utf-8"))
        except TimeoutError:
            print("No greeting within 2 s.")

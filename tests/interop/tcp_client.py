"""TCP client: python3 tests/interop/tcp_client.py [HOST] PORT [NAME...]"""

import socket
import sys

args = sys.argv[1:] or ["9999"]
host = "127.0.0.1" if args[0].isdigit() else args.pop(0)
port = int(args.pop(0))

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.connect((host, port))
    # The server speaks first.
    print(s.recv(1024).decode("utf-8"))
    for name in args or ["Michael", "Tracy", "Sarah"]:
        s.sendall(name.encode("utf-8"))
        # TCP has no messages: one recv is one response only because responses
        # are short, and each is read before the next request is sent.
        print(s.recv(1024).decode("utf-8"))
    s.sendall(b"exit")

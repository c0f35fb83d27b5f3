"""A client for names that are typed, a line each.

    python3 book/2-tcp-server/typed_client.py [PORT]

With a server in another terminal you see its welcome, and a greeting for each name.
The name exit, or Ctrl-D (on Windows Ctrl-Z and Enter), ends it.
"""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 9999

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.connect(("127.0.0.1", port))
    print(s.recv(1024).decode("utf-8"))
    while True:
        try:
            name = input()
        except EOFError:
            break
        s.sendall(name.encode("utf-8"))
        data = s.recv(1024)
        if not data:
            break
        print(data.decode("utf-8"))

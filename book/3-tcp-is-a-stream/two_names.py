"""Two writes that become one read, in Python:

    python3 book/3-tcp-is-a-stream/two_names.py [PORT]

It does what two_names.ts does. The server is that of chapter 2, in any language.
"""

import socket
import sys
import time

port = int(sys.argv[1]) if len(sys.argv) > 1 else 9999

with socket.create_connection(("127.0.0.1", port)) as s:
    s.recv(1024)  # Welcome!
    s.sendall(b"Michael")
    time.sleep(0.3)  # The server has read this name, and sleeps for a second.
    s.sendall(b"Tracy")
    s.sendall(b"Sarah")
    print(s.recv(1024).decode())  # Hello, Michael!
    print(s.recv(1024).decode())  # and what else?

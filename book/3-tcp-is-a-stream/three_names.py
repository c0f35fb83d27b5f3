"""Sends three names, each a line, and counts the greetings:

    python3 book/3-tcp-is-a-stream/three_names.py [PORT]

The servers are wrong_recv.py and answers/right_recv.py.
"""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 9999

with socket.create_connection(("127.0.0.1", port)) as s:
    for name in ["Michael", "Tracy", "Sarah"]:
        s.sendall(name.encode() + b"\n")
    s.shutdown(socket.SHUT_WR)  # half-close: no more names
    answers = b""
    while data := s.recv(1024):
        answers += data
print("greetings:", answers.count(b"Hello, "))

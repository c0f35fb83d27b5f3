"""A server for record_test.ts: asks each client for a name, and greets it later."""

import socket
import sys
import threading
import time


def serve(conn):
    with conn:
        name = conn.recv(4)
        time.sleep(0.1)
        conn.sendall(name)


s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
with open(sys.argv[1], "w") as file:
    file.write(str(s.getsockname()[1]))
while True:
    conn, _ = s.accept()
    threading.Thread(target=serve, args=(conn,), daemon=True).start()

"""Exercise 3: a server that greets each name it receives. What is wrong?

    python3 book/3-tcp-is-a-stream/wrong_recv.py [PORT]

Its client is three_names.py.
"""

import socket
import sys
import threading
import time


def tcplink(sock):
    with sock:
        while True:
            name = sock.recv(1024)
            if not name:
                break
            time.sleep(0.2)
            sock.sendall(b"Hello, %s!\n" % name.rstrip(b"\n"))


port = int(sys.argv[1]) if len(sys.argv) > 1 else 9999
with socket.create_server(("127.0.0.1", port)) as listener:
    print("Bind TCP on %s..." % listener.getsockname()[1], flush=True)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=tcplink, args=(sock,), daemon=True).start()

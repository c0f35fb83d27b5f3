"""Answer: one recv may return several names, or a part of one. A name ends with a
line feed, so the server reads lines. It closes the connection at a name that is too
long, and at one that the end of input cuts off.

    python3 book/3-tcp-is-a-stream/answers/right_recv.py [PORT]
"""

import socket
import sys
import threading
import time

LONGEST = 1024  # bytes of a name with its line feed, so that memory is bounded


def tcplink(sock):
    with sock, sock.makefile("rb") as lines:
        while True:
            name = lines.readline(LONGEST)
            if not name.endswith(b"\n"):  # the end of input, or a longer name
                break
            time.sleep(0.2)
            sock.sendall(b"Hello, %s!\n" % name.rstrip(b"\n"))


port = int(sys.argv[1]) if len(sys.argv) > 1 else 9999
with socket.create_server(("127.0.0.1", port)) as listener:
    print("Bind TCP on %s..." % listener.getsockname()[1], flush=True)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=tcplink, args=(sock,), daemon=True).start()

"""TCP server: python3 tests/interop/tcp_server.py [PORT] [DELAY]"""

import socket
import sys
import threading
import time

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 9999  # 0: any free port
DELAY = float(sys.argv[2]) if len(sys.argv) > 2 else 1  # seconds before each response


def tcplink(sock, addr):
    print("Accept new connection from %s:%s..." % addr)
    with sock:
        sock.sendall(b"Welcome!")
        while True:
            data = sock.recv(1024)
            time.sleep(DELAY)
            if data == b"exit" or not data:  # no data: the peer has ended
                break
            sock.sendall(b"Hello, %s!" % data)
    print("Connection from %s:%s closed." % addr)


sys.stdout.reconfigure(line_buffering=True)  # each line at once, piped too
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
# A restart must not wait for the old connections to leave TIME_WAIT.
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", PORT))
s.listen()
print("Bind TCP on %s..." % s.getsockname()[1])
while True:
    sock, addr = s.accept()
    # A daemon thread does not keep the program alive after Ctrl-C.
    threading.Thread(target=tcplink, args=(sock, addr), daemon=True).start()

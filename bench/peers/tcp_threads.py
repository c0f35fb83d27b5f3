"""TCP server, Python: a thread a connection, as in the tutorial.

The same as tests/interop/tcp_server.py, without its lines and its delay. And
without TCP_NODELAY, as there: the second answer to a name that takes two reads
waits for the client to acknowledge the first.

python3 bench/peers/tcp_threads.py [PORT]
"""

import socket
import sys
import threading

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 9999  # 0: any free port


def tcplink(sock):
    with sock:
        try:
            sock.sendall(b"Welcome!")
            while True:
                data = sock.recv(1024)
                if data == b"exit" or not data:  # no data: the peer has ended
                    break
                sock.sendall(b"Hello, %s!" % data)
        except OSError:
            pass  # this client has gone; the others go on


s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
# A restart must not wait for the old connections to leave TIME_WAIT.
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", PORT))
s.listen(4096)
print("Bind TCP on %s..." % s.getsockname()[1], flush=True)
while True:
    sock, addr = s.accept()
    # A daemon thread does not keep the program alive after Ctrl-C.
    threading.Thread(target=tcplink, args=(sock,), daemon=True).start()

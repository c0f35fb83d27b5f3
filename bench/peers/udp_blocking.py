"""UDP server, Python: one datagram after the other, as in the tutorial.

python3 bench/peers/udp_blocking.py [PORT]
"""

import socket
import sys

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 9999  # 0: any free port

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", PORT))
print("Bind UDP on %s..." % s.getsockname()[1], flush=True)
while True:
    data, addr = s.recvfrom(65507)
    try:
        s.sendto(b"Hello, %s!" % data, addr)
    except OSError:
        pass  # too long to be answered; the others go on

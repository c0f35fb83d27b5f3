"""UDP server: python3 tests/interop/udp_server.py [PORT]"""

import socket
import sys

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 9999  # 0: any free port

sys.stdout.reconfigure(line_buffering=True)  # each line at once, piped too
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", PORT))
print("Bind UDP on %s..." % s.getsockname()[1])
while True:
    # Room for the largest datagram: what does not fit is lost.
    data, addr = s.recvfrom(65507)
    print("Received from %s:%s." % addr)
    # There is no connection: each response names its receiver.
    s.sendto(b"Hello, %s!" % data, addr)

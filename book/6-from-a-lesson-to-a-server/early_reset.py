"""A client whose second connection is reset before it is accepted:

    python3 book/6-from-a-lesson-to-a-server/early_reset.py [PORT]

The server has to serve one client at a time, so that the second one waits.
"""

import socket
import struct
import sys
import time

address = "127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9999

first = socket.create_connection(address)
print(first.recv(1024).decode())  # Welcome! The server serves this one.

second = socket.create_connection(address)
# No time to linger: close() sends RST. On Windows the format is "hh".
second.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
second.close()

first.close()  # The server accepts the next one.
time.sleep(0.5)
with socket.create_connection(address) as third:
    print(third.recv(1024).decode())

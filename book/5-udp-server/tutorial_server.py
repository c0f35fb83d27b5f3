"""The tutorial's UDP server, in its edition for Python 3.

    python3 book/5-udp-server/tutorial_server.py

With a UDP client in another terminal you see a line for each datagram.
"""

import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 9999))

print('Bind UDP on 9999...')
while True:
    data, addr = s.recvfrom(1024)
    print('Received from %s:%s.' % addr)
    s.sendto(b'Hello, %s!' % data, addr)

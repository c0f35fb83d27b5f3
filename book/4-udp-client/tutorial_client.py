"""The tutorial's UDP client, in its edition for Python 3.

    python3 book/4-udp-client/tutorial_client.py

With a UDP server in another terminal you see three greetings.
"""

import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for data in [b'Michael', b'Tracy', b'Sarah']:
    s.sendto(data, ('127.0.0.1', 9999))
    print(s.recv(1024).decode('utf-8'))
s.close()

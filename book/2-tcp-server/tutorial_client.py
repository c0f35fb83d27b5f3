"""The tutorial's client for its TCP server: sends three names.

    python3 book/2-tcp-server/tutorial_client.py

With a server in another terminal you see its welcome and three greetings.
"""

import socket

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(('127.0.0.1', 9999))
print(s.recv(1024).decode('utf-8'))
for data in [b'Michael', b'Tracy', b'Sarah']:
    s.send(data)
    print(s.recv(1024).decode('utf-8'))
s.send(b'exit')
s.close()

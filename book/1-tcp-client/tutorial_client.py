"""The tutorial's TCP client: fetches a page, prints its header, and keeps its body.

    python3 book/1-tcp-client/tutorial_client.py

You see the header. The body is in the file example.html.
"""

import socket

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(('example.com', 80))
s.send(b'GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n')

buffer = []
while True:
    d = s.recv(1024)
    if d:
        buffer.append(d)
    else:
        break
data = b''.join(buffer)
s.close()

header, html = data.split(b'\r\n\r\n', 1)
print(header.decode('utf-8'))
with open('example.html', 'wb') as f:
    f.write(html)

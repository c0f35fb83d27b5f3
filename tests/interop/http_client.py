"""HTTP client: python3 tests/interop/http_client.py HOST PORT PATH"""

import socket
import sys

host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
request = [
    "GET %s HTTP/1.1" % path,
    "Host: %s:%s" % (host, port),
    # So the end of input is the end of the response.
    "Connection: close",
]

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect((host, port))
s.sendall("\r\n".join(request + ["", ""]).encode("ascii"))

buffer = []
while True:
    # One recv returns what has come by now, wherever that cuts the response.
    d = s.recv(1024)
    if not d:
        break
    buffer.append(d)
s.close()

header, _, body = b"".join(buffer).partition(b"\r\n\r\n")
# Bytes, not text: the body may be an image.
sys.stdout.buffer.write(header.replace(b"\r\n", b"\n") + b"\n\n" + body)

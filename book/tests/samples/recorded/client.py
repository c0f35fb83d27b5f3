import socket
import sys

port = int(open(sys.argv[1]).read())
with socket.create_connection(("127.0.0.1", port)) as s:
    s.sendall(b"Ann!")
    s.shutdown(socket.SHUT_WR)
    while s.recv(1024):
        pass

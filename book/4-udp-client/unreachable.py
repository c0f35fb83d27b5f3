"""A UDP socket that is connected hears that nobody listens.

    python3 book/4-udp-client/unreachable.py

You see an exception: ConnectionRefusedError, on Windows ConnectionResetError.
"""

import socket

gone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
gone.bind(("127.0.0.1", 0))
address = gone.getsockname()
gone.close()  # From now on nobody listens there.

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.connect(address)  # Sends nothing.
    s.send(b"Michael")
    try:
        s.recv(1024)
    except ConnectionError as error:
        print(type(error).__name__)

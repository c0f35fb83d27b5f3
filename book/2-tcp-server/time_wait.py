"""TIME_WAIT: the side that closes first decides whether the port is free again.

    python3 book/2-tcp-server/time_wait.py

You see that bind fails after the server's end has closed first, and only then.
Deno sets SO_REUSEADDR by itself, so its bind succeeds. Windows has other rules.
"""

import socket


def bind_again(first):
    listener = socket.socket()  # without SO_REUSEADDR
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    address = listener.getsockname()
    client = socket.create_connection(address)
    server, _ = listener.accept()
    listener.close()
    for end in [client, server] if first == "client" else [server, client]:
        end.close()
    try:
        socket.socket().bind(address)
        print(first, "closes first: bind succeeds")
    except OSError as error:
        print(first, "closes first:", error.strerror)


bind_again("client")
bind_again("server")

"""Sends two requests to plain.ts or json_server.ts, and prints the responses.

    python3 book/9-json-lines-and-http/plain_client.py
"""

import json
import socket

s = socket.create_connection(("127.0.0.1", 9999))
lines = s.makefile("rw", encoding="utf-8")
for id, params in (1, [1, 2]), (2, [3, 4]):
    request = {"id": id, "method": "add", "params": params}
    print(json.dumps(request), file=lines, flush=True)
    print(lines.readline(), end="")
s.close()

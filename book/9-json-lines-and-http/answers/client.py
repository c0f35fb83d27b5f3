"""Sends three requests to json_server.ts at once, and matches the responses by their ids.

    python3 book/9-json-lines-and-http/answers/client.py
"""

import json
import socket
import sys

requests = {
    1: {"id": 1, "method": "sleep", "params": [1]},
    2: {"id": 2, "method": "add", "params": [1, 2]},
    3: {"id": 3, "method": "divide", "params": [1, 0]},
}
port = int(sys.argv[1]) if len(sys.argv) > 1 else 9999
with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
    lines = s.makefile("rw", encoding="utf-8")
    for request in requests.values():
        print(json.dumps(request), file=lines)
    lines.flush()
    while requests:
        response = json.loads(lines.readline())
        request = requests.pop(response["id"])
        print(request["method"], response.get("result", response.get("error")))

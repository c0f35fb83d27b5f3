"""TCP server, Python: the asyncio server beside this file, on uvloop's loop.

https://github.com/MagicStack/uvloop

python3 bench/peers/tcp_uvloop.py [PORT]

Exit status 3: uvloop is not installed.
"""

import sys

try:
    import uvloop
except ImportError:
    print("tcp_uvloop.py: uvloop is not installed", file=sys.stderr)
    sys.exit(3)

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
from tcp_asyncio import main

if hasattr(uvloop, "run"):
    uvloop.run(main())
else:  # before 0.18
    import asyncio

    uvloop.install()
    asyncio.run(main())

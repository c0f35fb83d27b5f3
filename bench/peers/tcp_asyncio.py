"""TCP server, Python: asyncio streams.

https://docs.python.org/3/library/asyncio-stream.html

python3 bench/peers/tcp_asyncio.py [PORT]
"""

import asyncio
import sys


async def tcplink(reader, writer):
    try:
        writer.write(b"Welcome!")
        await writer.drain()
        while True:
            data = await reader.read(1024)
            if data == b"exit" or not data:  # no data: the peer has ended
                break
            writer.write(b"Hello, %s!" % data)
            await writer.drain()
    except ConnectionError:
        pass  # this client has gone; the others go on
    finally:
        writer.close()


async def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9999  # 0: any free port
    # SO_REUSEADDR is on already, and TCP_NODELAY too.
    server = await asyncio.start_server(tcplink, "127.0.0.1", port, backlog=4096)
    async with server:
        port = server.sockets[0].getsockname()[1]
        print("Bind TCP on %s..." % port, flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

"""Writes down the socket calls of a program, and runs it:

    python3 book/tools/record/python_calls.py CALLS FILE [ARGUMENT...]

CALLS is the file for what is written down; README.md describes its lines. The
program runs as it would by itself: as __main__, with its own arguments.
"""

import _thread
import json
import os
import runpy
import socket
import sys
import threading
import time

KEPT = 2048  # bytes of a call that are kept
LEAST_PAUSE = 0.02  # seconds; shorter ones are no pause that a reader would see

log_file = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
program = os.path.abspath(sys.argv[2])
lock = threading.Lock()
counts = {"call": 0, "socket": 0, "task": -1}
threads = threading.local()
real_sleep = time.sleep
Socket = socket.socket


def write(**fields):
    line = json.dumps({"t": time.time() * 1000, **fields}) + "\n"
    os.write(log_file, line.encode())


def number(what):
    with lock:
        counts[what] += 1
        return counts[what]


def task():
    if not hasattr(threads, "number"):
        threads.number = number("task")
    return threads.number


def caller_line():
    """The line of the program that is calling, of its main file if that is there,
    and the lines of that file that called it."""
    frame = sys._getframe(1)
    nearest = {}
    lines = []
    while frame is not None:
        path = os.path.abspath(frame.f_code.co_filename)
        if path == program:
            lines.append(frame.f_lineno)
        if not nearest and path not in (__file__, socket.__file__):
            nearest = {"file": "file://" + path, "line": frame.f_lineno}
        frame = frame.f_back
    if not lines:
        return nearest
    return {"file": "file://" + program, "line": lines[0], "via": lines[1:]}


def moved(data):
    data = bytes(data)
    return {"n": len(data), "data": data[:KEPT].hex()}


def address(value):
    return "%s:%s" % value[:2] if isinstance(value, tuple) and len(value) > 1 else None


def local(sock):
    udp = {"udp": True} if sock.type == socket.SOCK_DGRAM else {}
    return {"local": address(sock.getsockname()), **udp}


def ends(sock):
    try:
        return {**local(sock), "remote": address(sock.getpeername())}
    except OSError:
        return {}  # The peer has reset the connection already.


class Call:
    """One call: it begins with the block, and ends with it or with an error."""

    def __init__(self, op, **fields):
        self.number = number("call")
        self.result = {}
        write(e="begin", call=self.number, op=op, task=task(), **caller_line(), **fields)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        # Ctrl-C ends the program and not the call.
        if kind is not None and not issubclass(kind, Exception):
            return
        if error is not None:
            self.result = {"error": "%s: %s" % (kind.__name__, error)}
        write(e="end", call=self.number, **self.result)


class Recorded(Socket):
    """A socket that writes down its calls."""

    # Python allows no attribute to a socket unless it is named here.
    __slots__ = ["number", "is_over"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.number = number("socket")
        self.is_over = False

    def bind(self, where):
        with Call("bind", socket=self.number) as call:
            super().bind(where)
            call.result = local(self)

    def listen(self, *args):
        with Call("listen", socket=self.number) as call:
            super().listen(*args)
            call.result = local(self)

    def accept(self):
        with Call("accept", socket=self.number) as call:
            sock, addr = super().accept()
            call.result = {"opened": sock.number, **ends(sock)}
        return sock, addr

    def connect(self, where):
        with Call("connect", socket=self.number) as call:
            super().connect(where)
            call.result = {"opened": self.number, **ends(self)}

    def recv(self, *args):
        with Call("recv", socket=self.number) as call:
            if self.type == socket.SOCK_DGRAM:
                data, addr = super().recvfrom(*args)
                call.result = {**moved(data), "remote": address(addr)}
            else:
                data = super().recv(*args)
                call.result = moved(data) if data else {"end": True}
        return data

    def recv_into(self, buffer, *args):
        with Call("recv", socket=self.number) as call:
            n = super().recv_into(buffer, *args)
            call.result = moved(memoryview(buffer)[:n]) if n else {"end": True}
        return n

    def recvfrom(self, *args):
        with Call("recvfrom", socket=self.number) as call:
            data, addr = super().recvfrom(*args)
            call.result = {**moved(data), "remote": address(addr)}
        return data, addr

    def send(self, data, *args):
        with Call("send", socket=self.number, **moved(data)) as call:
            n = super().send(data, *args)
            call.result = {"n": n}
        return n

    def sendall(self, data, *args):
        with Call("sendall", socket=self.number, **moved(data)) as call:
            super().sendall(data, *args)
            call.result = {"n": len(data)}

    def sendto(self, data, *args):
        fields = {**moved(data), "remote": address(args[-1])}
        with Call("sendto", socket=self.number, **fields) as call:
            n = super().sendto(data, *args)
            call.result = {"n": n, **local(self)}
        return n

    def shutdown(self, how):
        with Call("shutdown", socket=self.number):
            super().shutdown(how)

    def close(self):
        # Also called by `with` and, a second time, to no effect.
        if self.is_over:
            return super().close()
        self.is_over = True
        with Call("close", socket=self.number):
            super().close()


def sleep(seconds):
    if seconds < LEAST_PAUSE:
        return real_sleep(seconds)
    with Call("sleep", ms=seconds * 1000):
        real_sleep(seconds)


class Thread(threading.Thread):
    """A thread that writes down where it was started."""

    def start(self):
        with Call("thread"):
            super().start()


def end_with_recorder(recorder):
    """A recorder that was killed cannot end its programs; so they end by themselves."""
    while os.getppid() == recorder:
        real_sleep(1)
    os._exit(130)


# Not one of `threading`: the program may count those.
_thread.start_new_thread(end_with_recorder, (os.getppid(),))
socket.socket = Recorded
time.sleep = sleep
threading.Thread = Thread
task()
sys.argv = sys.argv[2:]
sys.path[0] = os.path.dirname(program)
runpy.run_path(program, run_name="__main__")

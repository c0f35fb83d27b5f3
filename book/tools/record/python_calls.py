"""Writes down the socket calls of a program, what it prints, and its waits for input.

The recorder puts this file as sitecustomize.py into a folder of its own, and that
folder in front of PYTHONPATH. So Python loads it before the program, which runs as it
would by itself. The lines of the file `calls` beside it are described in README.md.
"""

import atexit
import errno
import functools
import itertools
import json
import os
import select
import selectors
import socket
import struct
import sys
import threading
import time
import traceback
import weakref

# Bytes of a call that are kept; of later calls a few, once these are many.
KEPT, FEW, MANY = 2048, 64, 4_000_000
# Calls that are written down. The others are counted, in steps of this size.
MOST_CALLS, COUNTED = 50_000, 1000
LEAST_PAUSE = 0.02  # seconds; shorter ones are no pause that a reader would see

OWN = __file__
FOLDER = os.path.dirname(OWN)
LIBRARIES = {OWN, socket.__file__, selectors.__file__}
START_FOLDER = os.getcwd()

def open_log():
    log = os.open(os.path.join(FOLDER, "calls"), os.O_WRONLY | os.O_APPEND)
    try:
        from fcntl import F_DUPFD_CLOEXEC, fcntl
    except ImportError:
        return log  # Windows
    # A number that the program would not get: a socket shows its own when printed.
    high = fcntl(log, F_DUPFD_CLOEXEC, 200)
    os.close(log)
    return high


log_file = open_log()
count_calls = itertools.count(1)
count_sockets = itertools.count(1)
count_tasks = itertools.count(0)
threads = threading.local()
paths = {}
numbers = weakref.WeakKeyDictionary()  # of sockets
connecting = weakref.WeakKeyDictionary()  # the calls of sockets that do not block
real_recvfrom = socket.socket.recvfrom
FAMILIES = (socket.AF_INET, socket.AF_INET6)
is_on = True
kept = 0


def write(**fields):
    global is_on
    if not is_on:
        return
    try:
        os.write(log_file, (json.dumps(fields) + "\n").encode())
    except OSError:
        is_on = False  # The program has closed all files, as a daemon does.


def now():
    return time.time() * 1000


def task():
    if not hasattr(threads, "number"):
        threads.number = next(count_tasks)
    return threads.number


def number_of(sock):
    if sock not in numbers:
        numbers[sock] = next(count_sockets)
    return numbers[sock]


def path_of(name):
    if name not in paths:
        paths[name] = os.path.join(START_FOLDER, name)
    return paths[name]


def caller_line():
    """The line of the program that is calling, of its main file if that is there,
    and the lines of that file that called it."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    program = main and path_of(main)
    frame = sys._getframe(1)
    nearest = {}
    lines = []
    while frame is not None:
        path = path_of(frame.f_code.co_filename)
        if path == program:
            lines.append(frame.f_lineno)
        if not nearest and path not in LIBRARIES:
            nearest = {"file": path, "line": frame.f_lineno}
        frame = frame.f_back
    if not lines:
        return nearest
    return {"file": program, "line": lines[0], "via": lines[1:]}


def moved(data):
    global kept
    try:
        data = memoryview(data).cast("B")
    except TypeError:
        return {}  # A mistake of the program, which the call itself reports.
    part = bytes(data[: KEPT if kept < MANY else FEW])
    kept += len(part)
    return {"n": len(data), "data": part.hex()}


def new_call():
    """The number of a call, which is counted."""
    number = next(count_calls)
    if number > MOST_CALLS and number % COUNTED == 1:
        write(t=now(), e="note", more=number - MOST_CALLS)
    return number


def received(data):
    return moved(data) if len(data) else {"end": True}


def address(value):
    return "%s:%s" % value[:2] if isinstance(value, tuple) and len(value) > 1 else None


# What is wrong with the arguments, the call itself reports.
def first(args):
    return args[0] if args else b""


def last(args):
    return args[-1] if args else None


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

    def __init__(self, op, is_late=False, **fields):
        end_select()
        end_print()
        self.op = op
        self.result = {}
        self.number = new_call()
        self.begin = None
        if self.number <= MOST_CALLS:
            place = {"call": self.number, "op": op, "task": task(), **caller_line()}
            self.begin = {"t": now(), "e": "begin", **place, **fields}
        # A call that does not block may have nothing to do; then it is left out.
        if not is_late:
            self.write_begin()

    def write_begin(self):
        if self.begin is not None:
            write(**self.begin)
        self.begin = None

    def end(self, **result):
        self.write_begin()
        if self.number <= MOST_CALLS:
            write(t=now(), e="end", call=self.number, **result)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        # Ctrl-C ends the program and not the call.
        if kind is None:
            self.end(**self.result)
        elif issubclass(kind, Exception) and not issubclass(kind, BlockingIOError):
            self.end(error="%s: %s" % (kind.__name__, error))


def record(name, around):
    """Replaces a method of sockets by one that writes down its calls."""
    real = getattr(socket.socket, name)

    @functools.wraps(real)
    def method(self, *args, **kwargs):
        if not is_on or self.family not in FAMILIES:
            return real(self, *args, **kwargs)
        if self in connecting and name != "getsockopt":
            connected(self)
        return around(functools.partial(real, self), self, *args, **kwargs)

    setattr(socket.socket, name, method)


def call_of(op, sock, **fields):
    return Call(op, sock.gettimeout() == 0, socket=number_of(sock), **fields)


def bind(real, sock, *args):
    with call_of("bind", sock) as call:
        real(*args)
        call.result = local(sock)


def listen(real, sock, *args):
    with call_of("listen", sock) as call:
        real(*args)
        call.result = local(sock)


def accept(real, sock, *args):
    with call_of("accept", sock) as call:
        accepted, addr = real(*args)
        call.result = {"opened": number_of(accepted), **ends(accepted)}
    return accepted, addr


def connect(real, sock, *args):
    remote = address(last(args))
    with Call("connect", socket=number_of(sock), remote=remote) as call:
        try:
            real(*args)
        except BlockingIOError:
            connecting[sock] = call
            raise
        call.result = {"opened": number_of(sock), **ends(sock)}


def connect_ex(real, sock, *args):
    remote = address(last(args))
    connecting[sock] = Call("connect", socket=number_of(sock), remote=remote)
    error = real(*args)
    if error not in (errno.EINPROGRESS, errno.EWOULDBLOCK):
        connected(sock, error)
    return error


def getsockopt(real, sock, *args):
    value = real(*args)
    if args == (socket.SOL_SOCKET, socket.SO_ERROR) and sock in connecting:
        connected(sock, value)
    return value


def connected(sock, error=0):
    """A connect that did not block is done."""
    call = connecting.pop(sock)
    if error == 0:
        return call.end(opened=number_of(sock), **ends(sock))
    failure = OSError(error, os.strerror(error))
    call.end(error="%s: %s" % (type(failure).__name__, failure))


def recv(real, sock, *args):
    with call_of("recv", sock) as call:
        # So that a datagram has its sender.
        if sock.type == socket.SOCK_DGRAM:
            data, addr = real_recvfrom(sock, *args)
            call.result = {**moved(data), "remote": address(addr)}
        else:
            data = real(*args)
            call.result = received(data)
    return data


def recv_into(real, sock, *args, **kwargs):
    with call_of("recv", sock) as call:
        n = real(*args, **kwargs)
        call.result = received(memoryview(kwargs.get("buffer", first(args))).cast("B")[:n])
    return n


def recvfrom(real, sock, *args):
    with call_of("recvfrom", sock) as call:
        data, addr = real(*args)
        call.result = {**moved(data), "remote": address(addr)}
    return data, addr


def recvfrom_into(real, sock, *args, **kwargs):
    with call_of("recvfrom", sock) as call:
        n, addr = real(*args, **kwargs)
        data = memoryview(kwargs.get("buffer", first(args))).cast("B")[:n]
        call.result = {**moved(data), "remote": address(addr)}
    return n, addr


def send(real, sock, *args):
    with call_of("send", sock, **moved(first(args))) as call:
        n = real(*args)
        call.result = {"n": n}
    return n


def sendall(real, sock, *args):
    data = moved(first(args))
    with call_of("sendall", sock, **data) as call:
        real(*args)
        call.result = {"n": data["n"]}


def sendto(real, sock, *args):
    data = moved(first(args))
    with call_of("sendto", sock, **data, remote=address(last(args))) as call:
        n = real(*args)
        call.result = {"n": n, **local(sock)}
    return n


def sendmsg(real, sock, *args):
    # An iterator gives its parts once.
    parts = list(first(args))
    is_bytes = all(isinstance(part, (bytes, bytearray, memoryview)) for part in parts)
    with call_of("send", sock, **moved(b"".join(parts) if is_bytes else None)) as call:
        n = real(*(parts, *args[1:])[: len(args)])
        call.result = {"n": n}
    return n


def shutdown(real, sock, *args):
    with call_of("shutdown", sock):
        real(*args)


def close(real, sock, *args):
    # Also called by `with` and, a second time, to no effect.
    if sock.fileno() == -1:
        return real(*args)
    reset = {"reset": True} if resets(sock) else {}
    with Call("close", socket=number_of(sock), **reset):
        real(*args)


def resets(sock):
    """Whether close sends a reset: SO_LINGER is on, and 0."""
    try:
        form = "hh" if sys.platform == "win32" else "ii"
        size = struct.calcsize(form)
        linger = sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, size)
        return sock.type == socket.SOCK_STREAM and struct.unpack(form, linger) == (1, 0)
    except (OSError, struct.error):
        return False


METHODS = {
    "bind": bind,
    "listen": listen,
    "accept": accept,
    "connect": connect,
    "connect_ex": connect_ex,
    "getsockopt": getsockopt,
    "recv": recv,
    "recv_into": recv_into,
    "recvfrom": recvfrom,
    "recvfrom_into": recvfrom_into,
    "send": send,
    "sendall": sendall,
    "sendto": sendto,
    "sendmsg": sendmsg,
    "shutdown": shutdown,
    "_real_close": close,
}


def end_select():
    """Ends the wait for several sockets, if this thread is in one."""
    call = getattr(threads, "select", None)
    threads.select = None
    if call is not None:
        call.end()


def record_select(owner, place):
    """Records `select`, whose time-out has a place among its arguments. One that finds
    nothing and is called again is one wait."""
    real = owner.select

    @functools.wraps(real)
    def wait(*args, **kwargs):
        given = args[place] if len(args) > place else None
        timeout = kwargs.get("timeout", given)
        if not is_on or timeout is not None and timeout <= 0:
            return real(*args, **kwargs)
        line = caller_line()
        if getattr(threads, "select", None) is None or threads.select_line != line:
            ms = {} if timeout is None else {"ms": timeout * 1000}
            threads.select = Call("select", **ms)
            threads.select_line = line
        found = real(*args, **kwargs)
        if any(found):
            end_select()
        return found

    owner.select = wait


def record_sleep(real):
    @functools.wraps(real)
    def sleep(seconds):
        if not is_on or not isinstance(seconds, (int, float)) or seconds < LEAST_PAUSE:
            return real(seconds)
        with Call("sleep", ms=seconds * 1000):
            real(seconds)

    return sleep


def record_start(real):
    @functools.wraps(real)
    def start(self):
        if not is_on:
            return real(self)
        with Call("thread"):
            real(self)

    return start


def end_print():
    """What this thread prints from now on is another call."""
    number = getattr(threads, "printing", None)
    threads.printing = threads.place = None
    if number is not None:
        write(t=now(), e="end", call=number)


def printed(data, fd):
    """Writes down what is printed. `print` writes its arguments and the end of the line
    one after the other: what one line of the program prints is one call."""
    frame = sys._getframe(1).f_back
    place = (fd, id(frame), frame and frame.f_lasti)
    if getattr(threads, "place", None) == place:
        write(e="more", call=threads.printing, **moved(data))
    else:
        end_select()
        end_print()
        number = new_call()
        if number > MOST_CALLS:
            return restore()
        fields = {"call": number, "op": "print", "task": task(), "fd": fd}
        write(t=now(), e="begin", **fields, **caller_line(), **moved(data))
        threads.printing, threads.place = number, place
    if data.endswith(b"\n") and not getattr(threads, "is_trace", False):
        end_print()


def record_print(stream, fd):
    """Writes down what is written to a stream, as text or as bytes; returns what ends
    that. The stream stays the same object."""
    buffer = stream.buffer
    real_write, real_write_bytes = stream.write, buffer.write
    pending = bytearray()  # Text that the stream has not handed to its buffer yet.
    lock = threading.RLock()

    @functools.wraps(real_write)
    def write_text(text):
        if not is_on or not isinstance(text, str) or text == "":
            return real_write(text)
        with lock:
            lines = text.replace("\n", os.linesep)
            data = lines.encode(stream.encoding, stream.errors)
            pending.extend(data)
            printed(data, fd)
            return real_write(text)

    @functools.wraps(real_write_bytes)
    def write_bytes(data):
        if not is_on:
            return real_write_bytes(data)
        with lock:
            # The stream's own, or the program's.
            if not pending:
                if data:
                    printed(bytes(data), fd)
            elif pending.startswith(data):
                del pending[: len(data)]
            else:
                pending.clear()
            return real_write_bytes(data)

    stream.write, buffer.write = write_text, write_bytes

    def restore():
        vars(stream).pop("write", None)
        vars(buffer).pop("write", None)

    return restore


def record_input(raw):
    """Writes down each wait for standard input, whoever reads it."""
    readinto, readall = raw.readinto, raw.readall

    def read_into(buffer):
        if not is_on:
            return readinto(buffer)
        with Call("input") as call:
            n = readinto(buffer)
            call.result = received(memoryview(buffer).cast("B")[: n or 0])
        return n

    def read_all():
        if not is_on:
            return readall()
        with Call("input") as call:
            data = readall()
            call.result = received(data or b"")
        return data

    raw.readinto, raw.readall = read_into, read_all


def without_own(trace):
    """A traceback without the frames of this file."""
    while trace is not None and trace.tb_frame.f_code.co_filename == OWN:
        trace = trace.tb_next
    entry = trace
    while entry is not None:
        entry.tb_next = without_own(entry.tb_next)
        entry = entry.tb_next
    return trace


def clean_traces():
    """Tracebacks look as they do without the recorder."""
    init = traceback.TracebackException.__init__

    @functools.wraps(init)
    def clean_init(self, kind, value, trace, *args, **kwargs):
        init(self, kind, value, without_own(trace), *args, **kwargs)

    traceback.TracebackException.__init__ = clean_init

    def clean(error):
        seen = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            error.__traceback__ = without_own(error.__traceback__)
            for inner in getattr(error, "exceptions", ()):
                clean(inner)
            clean(error.__cause__)
            error = error.__context__

    def hook(kind, value, trace, real=sys.excepthook):
        clean(value)
        threads.is_trace = True
        real(kind, value, value.__traceback__)
        threads.is_trace = False

    def thread_hook(args, real=threading.excepthook):
        clean(args.exc_value)
        threads.is_trace = True
        real(args)
        threads.is_trace = False

    sys.excepthook = hook
    threading.excepthook = thread_hook


def stop():
    """Records no more: the program ends, or this is a copy of it."""
    global is_on
    is_on = False
    restore()


def restore():
    """What is printed from now on is not written down."""
    while restores:
        restores.pop()()


def hide():
    """The program does not see how this file was loaded."""
    rest = os.environ.get("PYTHONPATH", "").partition(os.pathsep)[2]
    os.environ.pop("PYTHONPATH", None)
    if rest:
        os.environ["PYTHONPATH"] = rest
    if FOLDER in sys.path:
        sys.path.remove(FOLDER)
    own = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # The system's own, if there is one.
    except ImportError:
        pass
    sys.modules.setdefault("sitecustomize", own)


restores = []
hide()
for name, around in METHODS.items():
    if hasattr(socket.socket, name):
        record(name, around)
for kind in list(vars(selectors).values()):
    if isinstance(kind, type) and "select" in vars(kind):
        record_select(kind, 1)
record_select(select, 3)
time.sleep = record_sleep(time.sleep)
threading.Thread.start = record_start(threading.Thread.start)
for stream, fd in ((sys.stdout, 1), (sys.stderr, 2)):
    if stream is not None:
        restores.append(record_print(stream, fd))
if sys.stdin is not None:
    record_input(sys.stdin.buffer.raw)
clean_traces()
task()
atexit.register(stop)
atexit.register(end_print)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=stop)

"""Runs a program with an unusual standard output and tells what came of it.

    python3 output_place.py PLACE COMMAND...

The last line of standard output is JSON: the exit status, the bytes that the
program wrote to its standard output, their SHA-256, and its standard error.
"""

import hashlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time


def is_full(pipe):
    poll = select.poll()
    poll.register(pipe, select.POLLOUT)
    return not any(event & select.POLLOUT for _, event in poll.poll(0))


def wait_until(condition, process):
    while not condition() and process.poll() is None:
        time.sleep(0.001)


def start(command, stdout, stderr=subprocess.PIPE):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)

    def give_up(*_):
        # The test has waited for long enough, perhaps because this one hangs.
        process.kill()
        sys.exit(1)

    signal.signal(signal.SIGTERM, give_up)
    return process


def finish(process, stdout=b"", first=b""):
    try:
        _, stderr = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        _, stderr = process.communicate()
    print(json.dumps({
        "code": process.returncode,
        "stdout": stdout.decode(),
        "sha256": hashlib.sha256(stdout).hexdigest(),
        "stderr": (first + (stderr or b"")).decode(),
    }))


def nonblocking(command):
    """A non-blocking pipe whose reader waits each time until it is full."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    process = start(command, writer)
    data = b""
    while process.poll() is None:
        wait_until(lambda: is_full(writer), process)
        if process.poll() is None:
            data += os.read(reader, 10_000)
    os.close(writer)
    while part := os.read(reader, 65_536):
        data += part
    finish(process, data)


def unread(command):
    """A pipe that is never read; when it is full, SIGTERM comes."""
    _reader, writer = os.pipe()
    process = start(command, writer)
    wait_until(lambda: is_full(writer), process)
    lines = [process.stderr.readline() for _ in range(30)]
    process.send_signal(signal.SIGTERM)
    finish(process, b"", b"".join(lines))


def unread_both(command):
    """The same, and standard error is that pipe too."""
    _reader, writer = os.pipe()
    process = start(command, writer, writer)
    wait_until(lambda: is_full(writer), process)
    process.send_signal(signal.SIGTERM)
    finish(process)


def stopped_terminal(command):
    """A terminal where somebody has pressed Ctrl-S, and then SIGTERM comes."""
    controller, terminal = pty.openpty()
    process = start(command, terminal)
    os.read(controller, 1)
    os.write(controller, b"\x13")
    # Standard error goes on, and shows that the program does.
    lines = [process.stderr.readline() for _ in range(10)]
    process.send_signal(signal.SIGTERM)
    finish(process, b"", b"".join(lines))


def closed_terminal(command):
    """A terminal that goes away, and then SIGTERM comes."""
    controller, terminal = pty.openpty()
    process = start(command, terminal)
    os.close(terminal)
    os.read(controller, 1)
    os.close(controller)
    lines = [process.stderr.readline() for _ in range(10)]
    process.send_signal(signal.SIGTERM)
    finish(process, b"", b"".join(lines))


def full_disk(command):
    """A small disk that is full and gets space; run in a mount namespace."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], check=True)
        try:
            with open(f"{folder}/log", "ab") as log, open(f"{folder}/filler", "wb", 0) as filler:
                process = start(command, log)
                lines = [process.stderr.readline()]
                try:
                    while True:
                        filler.write(bytes(100))
                except OSError:
                    pass
                # Long enough for the last page of the log to fill up too.
                lines += [process.stderr.readline() for _ in range(30)]
                filler.truncate(0)
                while b"not written" not in lines[-1]:
                    lines.append(process.stderr.readline())
                process.send_signal(signal.SIGTERM)
                finish(process, b"", b"".join(lines))
            with open(f"{folder}/log") as log:
                print(json.dumps(log.read()))
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


PLACES = {
    "nonblocking": nonblocking,
    "unread": unread,
    "unread both": unread_both,
    "stopped terminal": stopped_terminal,
    "closed terminal": closed_terminal,
    "full disk": full_disk,
}

PLACES[sys.argv[1]](sys.argv[2:])

"""Runs a program on a terminal of its own, and shows what comes out there.

    python3 terminal.py show|go|go-all|stop COMMAND...

"show" gives the program the terminal as all three standard streams. "go" gives it
as standard output, "go-all" as standard error too, and takes the terminal away
after the first line. "stop" stops it then, as Ctrl-S does. SIGTERM and SIGINT are passed on. The exit status is that of
the program.
"""

import os
import pty
import signal
import subprocess
import sys

mode, *command = sys.argv[1:]
controller, terminal = pty.openpty()
process = subprocess.Popen(
    command,
    stdin=terminal if mode == "show" else subprocess.DEVNULL,
    stdout=terminal,
    stderr=None if mode in ("go", "stop") else terminal,
    # Not its controlling terminal: the program gets no SIGHUP, as after `disown`.
    start_new_session=True,
)


def pass_on(number, _frame):
    process.send_signal(number)
    signal.alarm(20)  # A program that hangs must not be left over.


for name in (signal.SIGTERM, signal.SIGINT):
    signal.signal(name, pass_on)
signal.signal(signal.SIGALRM, lambda *_: process.kill())
os.close(terminal)

output = sys.stdout.buffer
try:
    while part := os.read(controller, 4096):
        output.write(part.replace(b"\r\n", b"\n"))
        output.flush()
        if mode != "show" and b"\n" in part:
            break
except OSError:
    pass  # EIO: nothing has the terminal open any more.
if mode == "stop":
    os.write(controller, b"\x13")
    print("The terminal is stopped", flush=True)
else:
    os.close(controller)
if mode.startswith("go"):
    print("The terminal is gone", flush=True)
sys.exit(process.wait())

import os
import threading

print(os.getpid(), os.getppid())
threading.Event().wait()

"""The one piece of System V shared memory that a server has: its interlock, 56 bytes.

PostgreSQL removes it when it ends. One that is killed with SIGKILL can't, and there is room for 4,096 on a
machine (shmmni): once they are used up no PostgreSQL starts any more. Everything else that a server of ours
shares lies in its data folder, or goes with its processes.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

IPC_RMID = 0
LINE = 6  # of postmaster.pid, from 0: the key and the id (miscadmin.h, LOCK_FILE_LINE_SHMEM_KEY)


def release_memory(data: Path) -> None:
    """Remove the segment of a dead server's data folder; a clean end has left nothing to remove.

    Also where the caller is root without the right to remove what the server's account made, as root in
    a container is: then as that account.
    """
    try:
        words = (data / "postmaster.pid").read_text(errors="replace").splitlines()[LINE].split()
        key, segment, owner = int(words[0]), int(words[1]), data.stat()
    except (OSError, IndexError, ValueError):
        return
    system = ctypes.CDLL(None)
    if system.shmget(ctypes.c_int(key), ctypes.c_size_t(0), 0) != segment:  # another's by now
        return
    if system.shmctl(segment, IPC_RMID, None) == 0 or os.geteuid() != 0:
        return
    program = shutil.which("ipcrm")
    if program is not None:
        subprocess.run(  # noqa: S603
            [program, "-m", str(segment)],
            user=owner.st_uid,
            group=owner.st_gid,
            extra_groups=[],
            capture_output=True,
            cwd="/",
            check=False,
        )

"""Have a file looked at by the scanner of this installation, whatever it is: a command that reads standard input."""

import shlex
import subprocess

SECONDS = 120
_CLEAN, _FOUND = 0, 1  # as clamdscan ends


class ScannerFailed(Exception):
    """It said neither that the file is clean nor that it is not; the file waits."""


def is_clean(command: str, data: bytes) -> bool:
    """Whether the scanner found nothing. Raises ScannerFailed when it did not do its work."""
    try:
        done = subprocess.run(  # noqa: S603  # the operator's own command, no shell
            shlex.split(command),
            input=data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScannerFailed(type(error).__name__) from error
    if done.returncode not in (_CLEAN, _FOUND):
        raise ScannerFailed(f"ended with {done.returncode}")
    return done.returncode == _CLEAN

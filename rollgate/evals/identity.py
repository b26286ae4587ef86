"""The id of a run: from what was evaluated and how it was judged, in the order of time."""

from __future__ import annotations

import datetime
import hashlib
import uuid

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def run_id(finished_at: datetime.datetime, digest: str) -> uuid.UUID:
    """Return a UUIDv8 (RFC 9562, section 5.8) that sorts by time and says what was judged.

    48 bits of milliseconds since 1970, big-endian, as a UUIDv7 has them: so the two sort together. The
    other 74 bits are the first of the SHA-256 `digest`, so the same content at the same time has the same
    id wherever it is made.
    """
    milliseconds = (finished_at - _EPOCH) // datetime.timedelta(milliseconds=1)
    content = int(digest, 16) >> (256 - 74)
    value = milliseconds << 80 | 0x8 << 76 | (content >> 62) << 64 | 0b10 << 62 | content & ((1 << 62) - 1)
    return uuid.UUID(int=value)


class Digest:
    """SHA-256 over what makes a run the one that it is."""

    def __init__(self) -> None:
        self._records = hashlib.sha256()

    def add(self, content: bytes) -> None:
        """Take records into account, in the form in which they are ingested."""
        self._records.update(content)

    def hexadecimal(self, facts: bytes) -> str:
        """Return the digest, of the records and of `facts`: how they were judged."""
        whole = hashlib.sha256(facts)
        whole.update(self._records.digest())
        return whole.hexdigest()

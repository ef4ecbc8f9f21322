"""Times as Go writes them: RFC 3339 with as many digits of a second as there are."""

from __future__ import annotations

from datetime import UTC, datetime


def local_time(seconds: float) -> str:
    """Return a time (seconds since 1970) with this machine's offset, as ``modified_at`` and ``expires_at`` have it."""
    return _text(datetime.fromtimestamp(seconds).astimezone())


def utc_time(seconds: float) -> str:
    """Return a time (seconds since 1970) in UTC, as ``created_at`` has it."""
    return _text(datetime.fromtimestamp(seconds, UTC))


def _text(time: datetime) -> str:
    day, _, rest = time.isoformat(timespec="microseconds").partition(".")
    fraction, offset = rest[:6].rstrip("0"), rest[6:]
    return day + (f".{fraction}" if fraction else "") + ("Z" if offset == "+00:00" else offset)

"""Times as Go writes them: RFC 3339 with as many digits of a second as there are."""

from __future__ import annotations

from datetime import UTC, datetime


def local_time(seconds: float) -> str:
    """Return a time (seconds since 1970) with this machine's offset, as ``modified_at`` and ``expires_at`` have it."""
    return _text(datetime.fromtimestamp(seconds).astimezone())


def local_time_ns(nanoseconds: int) -> str:
    """Return a file's time (nanoseconds since 1970) with this machine's offset, no digit lost."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return _text(datetime.fromtimestamp(seconds).astimezone(), f"{rest:09d}")


def utc_time(seconds: float) -> str:
    """Return a time (seconds since 1970) in UTC, as ``created_at`` has it."""
    return _text(datetime.fromtimestamp(seconds, UTC))


def _text(time: datetime, fraction: str = "") -> str:
    text = time.isoformat(timespec="seconds")
    day, offset = text[:19], text[19:]
    fraction = (fraction or f"{time.microsecond:06d}").rstrip("0")
    return day + (f".{fraction}" if fraction else "") + ("Z" if offset == "+00:00" else offset)

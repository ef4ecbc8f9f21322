"""Numbers as a person reads them: decimal units as Ollama prints them, tabular and short."""

from __future__ import annotations

from datetime import datetime

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


_NOW_S = 5.0


def size(count: int | float) -> str:
    """Return a number of bytes in decimal units: 212 B, 13 kB, 2.0 GB.

    Source: Ollama format/bytes.go (HumanBytes), which counts in thousands too.

    >>> [size(n) for n in (0, 212, 13_000, 999_999, 2_019_393_189)]
    ['0 B', '212 B', '13 kB', '1.0 MB', '2.0 GB']
    """
    value, unit = float(max(count, 0)), 0
    while unit < len(_UNITS) - 1 and round(value) >= 1000:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit < 2 else f"{value:.1f} {_UNITS[unit]}"


def of_total(completed: int, total: int) -> tuple[str, str]:
    """Return how much of a whole is there, both in the unit of the whole.

    >>> of_total(1_310_000_000, 2_020_000_000)
    ('1.31', '2.02 GB')
    """
    unit = min(max((len(str(max(total, 1))) - 1) // 3, 0), len(_UNITS) - 1)
    scale = 1000**unit
    digits = 2 if unit >= 2 else 0
    return f"{completed / scale:.{digits}f}", f"{total / scale:.{digits}f} {_UNITS[unit]}"


def seconds(value: float) -> str:
    """Return a duration: milliseconds below a tenth, 0.21 s below one second, 1.8 s below ten, then 28 s, 1 min 5 s, 2 h 3 min.

    >>> [seconds(s) for s in (0.004, 0.21, 1.84, 28.4, 65, 7380)]
    ['4 ms', '0.21 s', '1.8 s', '28 s', '1 min 5 s', '2 h 3 min']
    """
    value = max(value, 0.0)
    if value < 0.0995:
        return f"{value * 1000:.0f} ms"
    if value < 9.95:
        return f"{value:.2f} s" if value < 0.995 else f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def count(value: int, noun: str = "", plural: str = "") -> str:
    """Return a number with separators and, when given, its noun.

    >>> count(1830), count(1, "token"), count(2, "copy", "copies")
    ('1,830', '1 token', '2 copies')
    """
    if not noun:
        return f"{value:,}"
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def short_count(value: int) -> str:
    """Return a number of tokens in little room.

    >>> [short_count(n) for n in (58, 1900, 8192, 131072)]
    ['58', '1.9k', '8.2k', '131k']
    """
    if value < 1000:
        return str(value)
    return f"{value / 1000:.1f}k" if value < 99_950 else f"{value / 1000:.0f}k"


def rate(per_second: float) -> str:
    """Return a rate of tokens; decimals only where they carry something.

    >>> rate(1328.2), rate(42.4), rate(3.14)
    ('1,328 tokens/s', '42 tokens/s', '3.1 tokens/s')
    """
    return f"{per_second:,.0f} tokens/s" if per_second >= 9.95 else f"{per_second:.1f} tokens/s"


def ago(moment: str | datetime | None, now: datetime) -> str:
    """Return how long a moment is ago or ahead; a moment that cannot be read is returned as it is.

    Args:
        moment: a datetime with a zone, or RFC 3339 text as the server gives it.
        now: the present, with a zone.
    """
    then = _moment(moment)
    if then is None:
        return str(moment or "")
    if then.year <= 1:
        return "never"
    gap = (now - then).total_seconds()
    if abs(gap) < _NOW_S:
        return "just now"
    words = _span(abs(gap))
    return f"{words} ago" if gap >= 0 else f"in {words}"


def _moment(moment: str | datetime | None) -> datetime | None:
    if not isinstance(moment, str):
        return moment
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return then if then.tzinfo else then.astimezone()


def _span(gap: float) -> str:
    for noun, length in (("year", 365 * 86400), ("month", 30 * 86400), ("week", 7 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60)):
        if gap >= length:
            return count(int(gap // length), noun)
    return count(int(gap), "second")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment(when: str | datetime, now: datetime) -> str:
    """Return a point in time in the zone of ``now``, with the day when it is not today; text that cannot be read is returned as it is.

    >>> now = datetime.fromisoformat("2026-11-21T12:00:00+00:00")
    >>> moment("2026-11-21T11:42:00+00:00", now), moment("2026-11-20T09:05:00+00:00", now), moment("2025-01-02T09:05:00+00:00", now)
    ('11:42', 'yesterday 09:05', '2 Jan 2025 09:05')
    """
    then = _moment(when)
    if then is None:
        return str(when)
    local = then.astimezone(now.tzinfo)
    clock, days = f"{local:%H:%M}", (now.date() - local.date()).days
    if days == 0:
        return clock
    if days == 1:
        return f"yesterday {clock}"
    year = "" if local.year == now.year else f" {local.year}"
    return f"{local.day} {_MONTHS[local.month - 1]}{year} {clock}"

"""The file of versions: what servers confirmed, in one SQLite database for all kernels of a person."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

SCHEMA = 2
"""The version of the tables. A file with a higher one was written by a newer package and is left alone."""

_TABLES = """
CREATE TABLE IF NOT EXISTS model (server TEXT, name TEXT, last INTEGER NOT NULL, gone INTEGER NOT NULL, PRIMARY KEY (server, name));
CREATE TABLE IF NOT EXISTS version (
    server TEXT, name TEXT, number INTEGER, text BLOB, shown BLOB, digest TEXT NOT NULL, at REAL NOT NULL, label TEXT NOT NULL,
    elsewhere INTEGER NOT NULL, directory BLOB NOT NULL, quantize TEXT NOT NULL, inherited BLOB, PRIMARY KEY (server, name, number));
CREATE TABLE IF NOT EXISTS answer (
    server TEXT, name TEXT, number INTEGER, question BLOB, answer BLOB, best INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (server, name, number, question, answer));
"""
_WIDTHS = {"model": 4, "version": 12, "answer": 7}
_COLUMNS = "number, text, shown, digest, at, label, elsewhere, directory, quantize, inherited"

LONGEST = 2_000
"""Code points of a question and of an answer that are kept: the history shows what was said, the notebook keeps it."""

MOST_ANSWERS = 100
"""Answers of one version that are kept; the oldest that nobody called the best go first."""

Key = tuple[str, str]
"""The identity of a server, and the full name of a model in one case."""


class Answered(NamedTuple):
    """What one version answered.

    Attributes:
        question: what was asked, cut where it is long.
        answer: what the model said, cut where it is long.
        best: whether a person called it the best of several.
        at: when, in seconds since 1970.
    """

    question: str
    answer: str
    best: bool
    at: float


@dataclass(frozen=True)
class Version:
    """One state of a model that a server confirmed.

    Attributes:
        number: 1 is the first that is known; no number is given twice.
        text: the Modelfile as it was sent; None for a state that somebody else made.
        digest: the manifest's, as the server lists it; empty when it is not known.
        shown: the model as the server described it, as a Modelfile; None where nobody asked.
        at: when, in seconds since 1970.
        label: the name that a person gave it, or nothing.
        elsewhere: whether it was found on the server and had not been made by this package.
        directory: what relative paths in ``text`` are relative to; empty when it is not known.
        quantize: the type that the weights were brought to, or nothing.
        inherited: the base as the server described it when somebody else's state was taken in, as a Modelfile.
    """

    number: int
    text: str | None
    digest: str
    shown: str | None = None
    at: float = 0.0
    label: str = ""
    elsewhere: bool = False
    directory: str = ""
    quantize: str = ""
    inherited: str | None = None

    @property
    def modelfile(self) -> str:
        """The text that makes it again: the one that was sent, else the server's description."""
        return self.text if self.text is not None else self.shown or ""

    @property
    def created_at(self) -> datetime:
        """When, in local time."""
        return datetime.fromtimestamp(self.at).astimezone()


class VersionStore:
    """An open database; one thread at a time.

    Args:
        path: the file, made when it is not there; None keeps everything in memory.
        patience_s: how long a write waits for another kernel's.

    Raises:
        sqlite3.Error, OSError: as every method, when the file cannot be used.
    """

    def __init__(self, path: Path | None, patience_s: float = 2.0) -> None:
        self.pid = os.getpid()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
        self._db = sqlite3.connect(path or ":memory:", timeout=patience_s, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except sqlite3.Error:
            self._db.close()
            raise

    def _prepare(self) -> None:
        found = self._schema()
        if found > SCHEMA:
            raise sqlite3.DatabaseError("a newer version of ollama-magics wrote it")
        if self._db.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
            # Of several kernels that open a new file at once one gets to change the mode; a file system without shared memory keeps it.
            with contextlib.suppress(sqlite3.OperationalError):
                self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if found < SCHEMA:
            with self._transaction():
                for statement in _TABLES.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {SCHEMA}")

    def _schema(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def all(self, key: Key) -> list[Version]:
        """Return the versions of a model, the oldest first."""
        return self._versions("ORDER BY number", key)

    def newest(self, key: Key) -> Version | None:
        """Return the newest version, also of a model that is gone."""
        return next(iter(self._versions("ORDER BY number DESC LIMIT 1", key)), None)

    def is_gone(self, key: Key) -> bool:
        """Whether the model was deleted after its newest version."""
        return bool(self._facts(key)[1])

    def _facts(self, key: Key) -> tuple[int, int]:
        """Return the last number that was given, and whether the model is gone."""
        row = self._db.execute("SELECT last, gone FROM model WHERE server = ? AND name = ?", key).fetchone()
        return row or (0, 0)

    def _versions(self, order: str, key: Key) -> list[Version]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM version WHERE server = ? AND name = ? {order}", key)
        return [
            Version(number, _text(text), digest, _text(shown), at, label, bool(elsewhere), _text(directory) or "", quantize, _text(base))
            for number, text, shown, digest, at, label, elsewhere, directory, quantize, base in rows
        ]

    def record(self, key: Key, state: Version) -> Version:
        """Return the version that ``state`` is: the newest one when its digest did not change, else a new one; its number is not read."""
        with self._transaction():
            last, newest = self._facts(key)[0], self.newest(key)
            if newest and state.digest and newest.digest == state.digest:
                text, shown = (new if new is not None else old for new, old in ((state.text, newest.text), (state.shown, newest.shown)))
                version = replace(newest, text=text, shown=shown)
            else:
                version = replace(state, number=last + 1)
            if version.text is None:
                version = replace(version, text=self._text_of(key, version.digest))
            self._write(key, version)
            self._db.execute("INSERT OR REPLACE INTO model VALUES (?, ?, ?, 0)", (*key, max(version.number, last)))
        return version

    def _text_of(self, key: Key, digest: str) -> str | None:
        """Return the text of an earlier version with the same manifest: somebody has brought that one back."""
        return next((version.text for version in self._versions("ORDER BY number DESC", key) if digest and version.digest == digest), None)

    def _write(self, key: Key, version: Version) -> None:
        texts = (_blob(version.text), _blob(version.shown))
        facts = (
            version.digest,
            version.at,
            version.label,
            version.elsewhere,
            _blob(version.directory),
            version.quantize,
            _blob(version.inherited),
        )
        self._db.execute(f"INSERT OR REPLACE INTO version VALUES ({', '.join('?' * 12)})", (*key, version.number, *texts, *facts))

    def mark_gone(self, key: Key) -> None:
        """Note that the model was deleted; its versions stay."""
        self._db.execute("UPDATE model SET gone = 1 WHERE server = ? AND name = ?", key)

    def set_label(self, key: Key, number: int, label: str) -> None:
        """Name a version; another one of that name loses it."""
        with self._transaction():
            if label:
                self._db.execute("UPDATE version SET label = '' WHERE server = ? AND name = ? AND label = ?", (*key, label))
            self._db.execute("UPDATE version SET label = ? WHERE server = ? AND name = ? AND number = ?", (label, *key, number))

    def remove(self, key: Key, number: int) -> None:
        """Take a version and its answers out; its number is not given again."""
        with self._transaction():
            for table in ("version", "answer"):
                self._db.execute(f"DELETE FROM {table} WHERE server = ? AND name = ? AND number = ?", (*key, number))

    def record_answer(self, key: Key, number: int, said: Answered, *, best_known: bool) -> None:
        """Note an answer of a version, or note it again; ``said.best`` counts only where ``best_known``."""
        row = (*key, number, _blob(_cut(said.question)), _blob(_cut(said.answer)), said.best, said.at)
        chosen = "excluded.best" if best_known else "best"
        place = "server = ?1 AND name = ?2 AND number = ?3"
        with self._transaction():
            self._db.execute(
                "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?)"
                f" ON CONFLICT (server, name, number, question, answer) DO UPDATE SET best = {chosen}, at = excluded.at",
                row,
            )
            self._db.execute(
                f"DELETE FROM answer WHERE {place} AND rowid NOT IN"
                f" (SELECT rowid FROM answer WHERE {place} ORDER BY best DESC, at DESC, rowid DESC LIMIT {MOST_ANSWERS})",
                row[:3],
            )

    def answers(self, key: Key, number: int) -> list[Answered]:
        """Return what a version answered, the oldest first."""
        rows = self._db.execute(
            "SELECT question, answer, best, at FROM answer WHERE server = ? AND name = ? AND number = ? ORDER BY at, rowid", (*key, number)
        )
        return [Answered(_text(question) or "", _text(answer) or "", bool(best), at) for question, answer, best, at in rows]

    def copy_from(self, other: VersionStore) -> None:
        """Take over all that ``other`` holds."""
        for table, width in _WIDTHS.items():
            rows = other._db.execute(f"SELECT * FROM {table}").fetchall()
            self._db.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * width)})", rows)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _blob(text: str | None) -> bytes | None:
    """Return a text as bytes: SQLite's own texts cannot hold half a surrogate pair, a Modelfile in a cell and a path can."""
    return None if text is None else text.encode("utf-8", "surrogatepass")


def _text(blob: bytes | None) -> str | None:
    return None if blob is None else blob.decode("utf-8", "surrogatepass")

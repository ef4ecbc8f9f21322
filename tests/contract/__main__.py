"""Compare a running server with the recordings, or record it anew.

    cd tests
    python -m contract 127.0.0.1:PORT                    every area; every model of the server is deleted
    python -m contract 127.0.0.1:PORT --area chat        one area (repeatable)
    python -m contract 127.0.0.1:PORT --embedded         known differences of the embedded server are left out
    python -m contract 127.0.0.1:PORT --record           write what this server answers, for the same requests

Exit status 0: nothing differs. 1: something does. 2: the server has models and --wipe is not given.
"""

from __future__ import annotations

import argparse
import sys

from .areas import ORDER, KnownDifferences, known_differences, load_area, run_area, save_area
from .requests_sent import Client, Fixtures
from .session import Session


def main() -> int:
    """Run the areas that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m contract", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host")
    parser.add_argument("--area", action="append", choices=ORDER)
    parser.add_argument("--embedded", action="store_true")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--wipe", action="store_true", help="the server's models may be deleted")
    parser.add_argument("--limit", type=int, default=20, help="steps printed for each area")
    arguments = parser.parse_args()
    if Client(arguments.host).get_json("/api/tags").get("models") and not arguments.wipe:
        print("the server has models, which would be deleted (--wipe)", file=sys.stderr)
        return 2
    fixtures = Fixtures()
    names = [name for name in ORDER if name in (arguments.area or ORDER)]
    if arguments.record:
        for name in names:
            _record(name, arguments.host, fixtures)
        return 0
    known = known_differences() if arguments.embedded else KnownDifferences([])
    return 1 if sum(_compare(name, arguments.host, fixtures, known, arguments.limit) for name in names) else 0


def _compare(name: str, host: str, fixtures: Fixtures, known: KnownDifferences, limit: int) -> int:
    area = load_area(name)
    reports = run_area(area, host, fixtures, known)
    print("\n\n".join(reports[:limit]))
    print(f"{name}: {len(area['steps'])} steps, {len(reports)} differ")
    for entry in known.unused(name):
        print(f"  no longer a difference: {entry}")
    return len(reports)


def _record(name: str, host: str, fixtures: Fixtures) -> None:
    area = load_area(name)
    session = Session(host, fixtures)
    session.client.wipe()
    for step in area["steps"]:
        seen = session.run(step)
        for problem in seen["failed"]:
            print(f"[{name}] {step['name']}: {problem}", file=sys.stderr)
        step["response"] = seen["response"]
    area["server"] = session.client.get_json("/api/version")
    save_area(area)


if __name__ == "__main__":
    sys.exit(main())

"""Runs steps one after another against one server."""

from __future__ import annotations

import copy
import threading
import time
from typing import Any

from .checks import dig, run_checks
from .matching import last_object
from .normalise import Normaliser, plain_text
from .requests_sent import Client, Fixtures, parse_body

HEADERS = (
    "content-type",
    "location",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
)


class Session:
    """One server, and what its answers so far said."""

    def __init__(self, host: str, fixtures: Fixtures, timeout: float = 60):
        self.client = Client(host, timeout)
        self.fixtures = fixtures
        self.normaliser = Normaliser(fixtures)
        self.texts: dict[str, str] = {}

    def run(self, step: dict) -> dict:
        """Perform one step; return its ``response`` in normal form and the checks that ``failed``."""
        match step.get("action", "http"):
            case "wait":
                return self._wait(step)
            case "parallel":
                return self._parallel(step)
            case "disconnect":
                self.client.send(self.fixtures, step["request"], after_lines=step["after_lines"])
                return {"response": {"kind": "disconnected"}, "failed": []}
        return self._http(step)

    def _observe(self, request: dict) -> dict:
        raw = self.client.send(self.fixtures, request)
        headers = {name: raw["headers"][name] for name in HEADERS if name in raw["headers"]}
        kind, body = parse_body(raw["raw"], headers.get("content-type", ""))
        return {"status": raw["status"], "headers": headers, "kind": kind, "body": body}

    def _http(self, step: dict) -> dict:
        request = step["request"]
        self.normaliser.learn(request.get("json"))
        seen = self._observe(request)
        self.texts[step["name"]] = plain_text(seen["kind"], seen["body"])
        failed = run_checks(step.get("checks") or [], seen, self.texts)
        body = self.normaliser.step(copy.deepcopy(seen["body"]), seen["kind"])
        for key in step.get("ignore") or []:
            if isinstance(body, dict) and key in body:
                body[key] = "<ignored>"
        if "location" in seen["headers"]:
            seen["headers"]["location"] = self.normaliser.text(seen["headers"]["location"])
        return {"response": {**seen, "body": body}, "failed": failed}

    def _parallel(self, step: dict) -> dict:
        requests = step["requests"]
        seen: list[Any] = [None] * len(requests)

        def one(index: int) -> None:
            seen[index] = self._observe(requests[index])

        threads = [threading.Thread(target=one, args=(index,)) for index in range(len(requests))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for index, answer in enumerate(seen):
            self.texts[f"{step['name']}#{index}"] = plain_text(answer["kind"], answer["body"])
        checks = step.get("checks") or []
        failed = [f"request {i}: {problem}" for i, answer in enumerate(seen) for problem in run_checks(checks, answer, self.texts)]
        done = [bool(last_object(answer["kind"], answer["body"]).get("done")) for answer in seen]
        return {"response": {"kind": "parallel", "statuses": [answer["status"] for answer in seen], "done": done}, "failed": failed}

    def _wait(self, step: dict) -> dict:
        """Ask until the list at ``list`` contains or lacks a name, or has a length."""
        deadline = time.monotonic() + step.get("timeout", 20)
        good = False
        while not good and time.monotonic() < deadline:
            items = dig(self.client.get_json(step["path"]), step.get("list", "models")) or []
            good = _reached(step, [item.get("name") for item in items])
            if not good:
                threading.Event().wait(step.get("pause", 0.1))
        if step.get("never"):
            good = not good
        return {"response": {"kind": "wait", "reached": good}, "failed": [] if good else ["condition not reached"]}


def _reached(step: dict, names: list) -> bool:
    if "length" in step:
        return len(names) == step["length"]
    if step.get("absent"):
        return step["absent"] not in names
    return step.get("present") in names

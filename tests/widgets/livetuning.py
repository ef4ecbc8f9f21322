"""A live tuner without a page."""

from pressing import press

from ollama_magics.widgets.livetuner import LiveTuner

SETTLED_S = 20


class Page:
    """A live tuner, its requests pressed one after the other; time passes when it is told to."""

    def __init__(self, tuner, publisher, **options):
        self.delayed = []
        self.publisher = publisher
        self.live = LiveTuner(tuner, publisher=publisher, later=lambda delay_s, action: self.delayed.append((delay_s, action)), **options)
        self.live.show()
        self._count = 0

    def press(self, method, **params):
        """Send a request and return its result, after what it has started."""
        result = self.send(method, **params)
        assert self.live.wait(SETTLED_S)
        return result

    def send(self, method, **params):
        """Send a request and return its result at once."""
        self._count += 1
        reply = press(self.live.panel, method, f"v:{self._count}", **params)
        assert "error" not in reply, reply
        return reply["result"]

    def refused(self, method, **params):
        self._count += 1
        return press(self.live.panel, method, f"v:{self._count}", **params)["error"]["message"]

    def time_passes(self):
        """Run what is due, and return after how many seconds the last of it was."""
        delay_s = None
        while self.delayed:
            delay_s, action = self.delayed.pop(0)
            action()
        assert self.live.wait(SETTLED_S)
        return delay_s

    def state(self, *path):
        return self.live.panel.state.value(*path)

    def param(self, name):
        return next(row for row in self.state("params") if row["name"] == name)

    @property
    def answers(self):
        return [answer.text for turn in self.live.tuner.chat.turns for answer in turn.answers]

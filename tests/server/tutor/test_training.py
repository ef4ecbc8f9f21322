"""Training itself: several processes do what one does, and a stopped run goes on. It wants the extra ``train``."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ollama_magics.server.tutor.plan import Plan, Shape
from ollama_magics.server.tutor.tokenizer import Tokenizer

pytestmark = pytest.mark.train

PLAN = Plan(steps=4, tokens=1024, width=128, long_width=256, long_every=2, long_from=0, words=200)


@pytest.fixture
def torch():
    import torch

    return torch


@pytest.fixture
def network(torch):
    from ollama_magics.server.tutor.network import Network

    torch.manual_seed(3)
    return Network(Shape(263 + 2, width=32, layers=1, heads=2, inner=32, context=512))


def test_two_processes_make_the_gradient_of_one(torch, network):
    """The shares of a batch add up to the same, wherever they are worked on."""
    from ollama_magics.server.tutor.gradients import Gradients, accumulate

    tokenizer = Tokenizer([" the"])
    for share in range(PLAN.shares):
        accumulate(network, PLAN.batch(tokenizer, 0, share), PLAN.shares)
    alone = [weight.grad.clone() for weight in network.parameters()]
    network.zero_grad()
    with Gradients(network, PLAN, tokenizer, compiled=False) as gradients:
        gradients.step(0)
    for one, both in zip(alone, network.parameters(), strict=True):
        assert torch.allclose(one, both.grad, atol=1e-5)


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    """The loss falls, and the checkpoint holds the step and the figures."""
    from ollama_magics.server.tutor.trainer import Training

    said: list[str] = []
    plan = Plan(steps=3, tokens=512, width=128, words=200)
    first = Training(tmp_path, plan, said.append)
    first.run(compiled=False)
    second = Training(tmp_path, Plan(steps=5, tokens=512, width=128, words=200), said.append)
    assert (second.step, second.seen) == (3, first.seen)
    second.run(compiled=False)
    assert second.step == 5
    assert all(earlier < later for earlier, later in pairwise([0, first.seen, second.seen]))
    assert len(said) == 2


def test_places_see_nothing_behind_them_or_of_their_neighbours(torch, network):
    """What stands later, and what belongs to another dialogue of the row, changes no state; rows are longer than a chunk."""
    torch.manual_seed(5)
    ids = torch.randint(8, 265, (1, 400))
    parts = torch.tensor([[0] * 100 + [1] * 300])
    states = network(ids, parts)
    changed = ids.clone()
    changed[0, :100] = 9
    changed[0, 390:] = 10
    again = network(changed, parts)
    assert torch.allclose(states[0, 100:390], again[0, 100:390], atol=1e-5)
    assert not torch.allclose(states[0, :100], again[0, :100], atol=1e-3)


def test_the_exporter_pairs_what_turns_together(torch, network):
    """Rotating neighbours of the exported rows is rotating halves of the trained ones."""
    from ollama_magics.server.tutor.export import _paired

    heads, head = 2, 16
    rows = torch.arange(32 * 32).reshape(32, 32).float().numpy()
    paired = _paired(rows, heads)
    for at in range(heads):
        half, pair = rows[at * head : (at + 1) * head], paired[at * head : (at + 1) * head]
        assert (pair[0::2] == half[: head // 2]).all()
        assert (pair[1::2] == half[head // 2 :]).all()

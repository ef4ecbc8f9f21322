"""The types that a create can bring weights to, and since which or until which version a server takes each.

Source: Ollama fs/ggml/type.go (ParseFileType), v0.33.0-rc2; docs/import.md of v0.6 for the older ones.
"""

from __future__ import annotations

from ollama_magics.errors import UsageProblem
from ollama_magics.text.suggest import nearest

QUANTISATIONS = ("Q4_K_M", "Q4_K_S", "Q4_K", "Q8_0", "F16", "BF16", "F32")
"""What servers take; ``Q4_K`` is ``Q4_K_M``."""

FORMER = ("Q3_K_S", "Q3_K_M", "Q3_K_L", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q5_K_S", "Q5_K_M", "Q6_K")
"""What only servers before 0.7.0 take."""

FORMER_UNTIL = (0, 7, 0)


def quantisation(text: str, *, server: tuple[int, int, int] | None = None) -> str:
    """Return the type that ``text`` names, in capitals as servers store it.

    Args:
        server: the server's version; None when it is not known, which lets the types of old servers pass.

    Raises:
        UsageProblem: there is no such type, or the server does not take it; near ones are named.

    Examples:
        >>> quantisation("q4_k_m"), quantisation(" Q8_0 ")
        ('Q4_K_M', 'Q8_0')
        >>> quantisation("q5_K_M", server=(0, 6, 8))
        'Q5_K_M'
        >>> quantisation("q5_K_M", server=(0, 33, 0))
        Traceback (most recent call last):
        ollama_magics.errors.UsageProblem: servers have taken no quantisation Q5_K_M since 0.7.0
        did you mean Q4_K_M, Q4_K or Q4_K_S?
    """
    wanted = text.strip().upper()
    if wanted in QUANTISATIONS:
        return wanted
    if wanted in FORMER:
        if server is None or server < FORMER_UNTIL:
            return wanted
        raise UsageProblem(f"servers have taken no quantisation {wanted} since 0.7.0", hint=_hint(wanted))
    raise UsageProblem(f"there is no quantisation {text!r}", hint=_hint(wanted))


def _hint(wanted: str) -> str:
    near = nearest(wanted, QUANTISATIONS)
    if not near:
        return f"there are {', '.join(QUANTISATIONS)}"
    return f"did you mean {' or '.join([', '.join(near[:-1]), near[-1]] if len(near) > 1 else near)}?"

"""Near names for a model that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_magics.errors import ModelNotFound
from ollama_magics.text.suggest import nearest

if TYPE_CHECKING:
    from ollama_magics.client.client import Client
    from ollama_magics.magics.session import Session


class near_names:  # a context manager, used like a function
    """Names the near models in a `ModelNotFound` that passes."""

    def __init__(self, session: Session, client: Client, name: str) -> None:
        self._session, self._client, self._name = session, client, name

    def __enter__(self) -> None:
        """Nothing is asked before something fails."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, ModelNotFound) or error.hint:
            return
        listed = self._session.work(lambda report, cancel: self._client.list(cancel=cancel))
        near = nearest(self._name, [str(model.name).removesuffix(":latest") for model in listed.models or ()])
        error.hint = f"did you mean {' or '.join(near)}?" if near else "%ollama list shows the models of the server"

"""What ipykernel does with the messages of a widget, and how panels differ."""

from __future__ import annotations

from typing import Any


def let_the_page_choose_the_loop(comm: Any) -> None:
    """Let a message from the page run in the loop the page asked for, not in the one that sent last.

    Expected: JupyterLab sends messages of a widget to a subshell, so that a button works while a cell runs. Actual, in ipykernel 7.4: the
    comm answers in the loop that sent last, which is the busy main one while a cell streams. ``tests/browser/test_panels.py`` presses
    Cancel in a running cell.
    Source: ipykernel 7.4.0 ipykernel/comm/comm.py (BaseComm._reply_subshell_for).
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default


def post(panel: Any, content: dict[str, Any]) -> None:
    """Send a custom message of a widget to its views, without the header of the cell that happens to run.

    That header is a quarter of the bytes of a streamed answer, and nobody reads it: a message of a comm goes to its model whatever its
    parent is.
    Source: ipykernel 7.4.0 ipykernel/comm/comm.py (BaseComm.publish_msg); @jupyterlab/services 7.4 DefaultKernelConnection._handleMessage.
    """
    comm = panel.comm
    kernel = getattr(comm, "kernel", None)
    session, socket = getattr(kernel, "session", None), getattr(kernel, "iopub_socket", None)
    if session is None or socket is None:
        panel.send(content)
        return
    body = {"data": {"method": "custom", "content": content}, "comm_id": comm.comm_id}
    session.send(socket, "comm_msg", body, parent=None, ident=comm.topic)

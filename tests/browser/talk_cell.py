"""A cell that defines ``talk``: a conversation in the kernel whose answers a test writes, over a transport that goes nowhere."""

TALK = '''
import json, threading, httpx
from ollama_magics.client.client import Client
from ollama_magics.services.conversation import Chat
from ollama_magics.services.versions import Versions

FIGURES = {"done": True, "done_reason": "stop", "eval_count": 96, "eval_duration": 2_285_714_286, "prompt_eval_count": 1804}

def talk(model, answer, figures=FIGURES, size=8192, shown=None, **settings):
    """Return a chat; answer(question) yields pieces of text, (text, thinking) pairs, messages, or an exception: the server's last word."""
    def chunks(question):
        for piece in answer(question):
            if isinstance(piece, Exception):
                yield json.dumps({"error": str(piece)}).encode() + b"\\n"
                return
            if isinstance(piece, str):
                piece = (piece, "")
            message = piece if isinstance(piece, dict) else {"content": piece[0], "thinking": piece[1]}
            yield json.dumps({"message": {"role": "assistant", **message}, "done": False}).encode() + b"\\n"
        yield json.dumps({"message": {"role": "assistant", "content": ""}, **figures}).encode() + b"\\n"

    def handle(request):
        if request.url.path == "/api/ps":
            return httpx.Response(200, json={"models": [{"name": model, "model": model, "context_length": size}]})
        if request.url.path == "/api/show":
            return httpx.Response(200, json=shown or {})
        body = json.loads(request.content)
        if body.get("_debug_render_only"):
            text = "".join(message["content"] for message in body["messages"])
            return httpx.Response(200, json={"message": {}, "done": False, "_debug_info": {"rendered_template": text}})
        question = body["messages"][-1]["content"]
        return httpx.Response(200, headers={"content-type": "application/x-ndjson"}, content=chunks(question))

    client = Client("http://127.0.0.1:9", transport=httpx.MockTransport(handle), environ={})
    return Chat(model, client=client, versions=Versions(), **settings)
'''

"""``import ollama_magics as ollama`` runs what is written for the official Python client, and its answers have the same shapes."""

import asyncio
import inspect
import json

import httpx
import pytest

import ollama_magics as ollama
from ollama_magics.errors import UsageProblem
from ollama_magics.services.servers import servers

SAID = {"role": "assistant", "content": "Blue light scatters most."}
CALL = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "add", "arguments": {"a": 3, "b": 1}}}]}
DETAILS = {"format": "gguf", "family": "llama", "parameter_size": "1B", "quantization_level": "Q8_0"}
FIGURES = {"created_at": "2026-01-01T00:00:00Z", "done": True, "done_reason": "stop", "eval_count": 5, "total_duration": 9}
WORDS = ("Blue ", "light")
CREATED = [{"status": "creating new layer sha256:" + "a" * 64}, {"status": "writing manifest"}, {"status": "success"}]
PULLED = [
    {"status": "pulling manifest"},
    {"status": "pulling abc", "digest": "sha256:abc", "total": 10, "completed": 5},
    {"status": "success"},
]


class Server:
    """Answers as a server of a few models does, and keeps what it was asked."""

    def __init__(self):
        self.asked = []
        self.headers = {}

    def __call__(self, request):
        path, body = request.url.path.removeprefix("/api/"), json.loads(request.content) if request.content else {}
        self.asked.append((path, body))
        self.headers = request.headers
        if body.get("model") == "does-not-yet-exist":
            return httpx.Response(404, json={"error": "model 'does-not-yet-exist' not found"})
        answer = getattr(self, path.replace("-", "_"), lambda body: {})(body)
        if path in ("copy", "delete"):
            return httpx.Response(200)
        if isinstance(answer, list):
            return httpx.Response(200, content=b"".join(json.dumps(line).encode() + b"\n" for line in answer))
        return httpx.Response(200, json=answer)

    def chat(self, body):
        if body.get("format"):
            return {"model": body["model"], "message": {**SAID, "content": '{"name": "Ann", "age": 3}'}, **FIGURES}
        if body.get("tools") and body["messages"][-1]["role"] == "user":
            return {"model": body["model"], "message": CALL, **FIGURES}
        message = {**SAID, "thinking": "hm"} if body.get("think") else SAID
        if body.get("stream"):
            pieces = [{"model": body["model"], "message": {**message, "content": word}, "done": False} for word in WORDS]
            return [*pieces, {"model": body["model"], "message": {**message, "content": ""}, **FIGURES}]
        extra = (
            {"logprobs": [{"token": "Blue", "logprob": -0.5, "top_logprobs": [{"token": "Red", "logprob": -1.5}]}]}
            if body.get("logprobs")
            else {}
        )
        return {"model": body["model"], "message": message, **FIGURES, **extra}

    def generate(self, body):
        if body.get("stream"):
            return [*({"model": "m", "response": word, "done": False} for word in WORDS), {"model": "m", "response": "", **FIGURES}]
        return {"model": body["model"], "response": "Blue.", "context": [1, 2], **FIGURES}

    def version(self, body):
        return {"version": "0.33.0"}

    def tags(self, body):
        return {"models": [{"name": "gemma3:latest", "model": "gemma3:latest", "size": 1048576, "digest": "d", "details": DETAILS}]}

    def ps(self, body):
        running = {"name": "gemma3:latest", "model": "gemma3:latest", "size": 9, "size_vram": 9, "digest": "d", "details": DETAILS}
        return {"models": [{**running, "expires_at": "2026-01-01T00:00:00Z", "context_length": 4096}]}

    def show(self, body):
        return {"modelfile": "FROM x", "template": "t", "details": DETAILS, "model_info": {"a": 1}, "capabilities": ["completion"]}

    def create(self, body):
        return CREATED if body["stream"] else CREATED[-1]

    def pull(self, body):
        return PULLED if body["stream"] else {"status": "success"}

    push = pull

    def embed(self, body):
        return {"model": "m", "embeddings": [[0.5, 0.5]] * (len(body["input"]) if isinstance(body["input"], list) else 1)}

    def embeddings(self, body):
        return {"embedding": [0.1, 0.2]}


@pytest.fixture
def server(monkeypatch):
    """Return the scripted server that every address is answered by, in threads and in event loops."""
    from ollama_magics.client import async_request, request

    found = Server()
    monkeypatch.setattr(request, "SocketTransport", lambda host, environ: httpx.MockTransport(found))
    monkeypatch.setattr(async_request, "LoopTransport", lambda host, environ: httpx.MockTransport(found))
    servers().set_default_host("http://127.0.0.1:1")
    yield found
    servers().set_default_host(None)
    servers().forget()


MESSAGES = [{"role": "user", "content": "Why is the sky blue?"}]


def test_chat(server):
    """An answer is read by keys and by attributes."""
    response: ollama.ChatResponse = ollama.chat(model="gemma3", messages=MESSAGES)
    assert response["message"]["content"] == response.message.content == SAID["content"]
    assert response.get("missing") is None
    assert response.get("missing", 3) == 3
    assert "message" in response
    assert "nothing" not in response
    assert response.model_dump()["message"]["content"] == SAID["content"]
    assert response.model_dump()["logprobs"] is None
    assert json.loads(response.model_dump_json(exclude_none=True))["eval_count"] == 5
    assert server.asked[-1] == ("chat", {"model": "gemma3", "messages": MESSAGES, "stream": False})
    with pytest.raises(KeyError):
        response["nothing"]


def test_streams(server):
    """A stream is a loop over chunks."""
    said = "".join(chunk["message"]["content"] for chunk in ollama.chat(model="gemma3", messages=MESSAGES, stream=True))
    assert said == "".join(WORDS)
    assert "".join(chunk.response for chunk in ollama.generate("gemma3", "Why?", stream=True)) == "".join(WORDS)


def test_generate_and_its_context(server):
    """The context of one answer goes with the next question."""
    response = ollama.generate(model="gemma3", prompt="Why?")
    assert response["response"] == "Blue."
    ollama.generate(model="gemma3", prompt="And?", context=response["context"], suffix="!", images=[b"\x89PNG"])
    assert server.asked[-1][1]["context"] == [1, 2]


def test_a_client_of_ones_own(server):
    """With its address, headers and key."""
    client = ollama.Client(host="http://localhost:11434", headers={"x-some-header": "some-value"})
    assert client.chat(model="gemma3", messages=MESSAGES).message.content
    assert server.headers["x-some-header"] == "some-value"
    keyed = ollama.Client(host="https://ollama.com", headers={"Authorization": "Bearer key"})
    assert "".join(part.message.content for part in keyed.chat("gpt-oss:120b", messages=MESSAGES, stream=True))
    assert server.headers["authorization"] == "Bearer key"


def test_an_asynchronous_client(server):
    """Answers are awaited; a stream is awaited for and looped over."""

    async def talk():
        client = ollama.AsyncClient()
        response = await client.chat(model="gemma3", messages=MESSAGES)
        parts = [part["message"]["content"] async for part in await client.chat(model="gemma3", messages=MESSAGES, stream=True)]
        listed = await client.list()
        return response.message.content, parts, listed.models[0].model

    assert asyncio.run(talk()) == (SAID["content"], [*WORDS, ""], "gemma3:latest")


def test_models(server):
    """list, show, ps, copy and delete."""
    response: ollama.ListResponse = ollama.list()
    [model] = response.models
    assert (model.model, f"{(model.size.real / 1024 / 1024):.2f}", model.details.format) == ("gemma3:latest", "1.00", "gguf")
    assert model.details.quantization_level == "Q8_0"
    shown: ollama.ShowResponse = ollama.show("gemma3")
    assert (shown.modelinfo, shown.model_info, shown.license, shown.capabilities) == ({"a": 1}, {"a": 1}, None, ["completion"])
    [running] = ollama.ps().models
    assert (running.model, running.context_length, running.size_vram) == ("gemma3:latest", 4096, 9)
    assert ollama.copy("gemma3", "user/gemma3").status == "success"
    assert ollama.delete("gemma3")["status"] == "success"
    assert server.asked[-2:] == [("copy", {"source": "gemma3", "destination": "user/gemma3"}), ("delete", {"model": "gemma3"})]
    assert isinstance(model, ollama.ListResponse.Model)
    assert isinstance(running, ollama.ProcessResponse.Model)


def test_create(server):
    """From a base with a system text, in one piece and in lines, by a client and by the function."""
    response = ollama.create(model="example", from_="gemma3", system="You are Mario.")
    assert response.status == response["status"] == response.get("status") == "success"
    assert ("create", {"model": "example", "from": "gemma3", "system": "You are Mario.", "stream": True}) in server.asked
    client = ollama.Client()
    assert client.create(model="my-assistant", from_="gemma3", system="You are mario.", stream=False).status
    lines = [progress["status"] for progress in ollama.create(model="example", from_="gemma3", stream=True)]
    assert lines == [line["status"] for line in CREATED]


def test_create_as_it_was_before_0_4(server, tmp_path):
    """``modelfile=`` and ``path=``, which clients had until servers took fields."""
    ollama.create(model="mario", modelfile="FROM gemma3\nSYSTEM You are Mario.")
    (tmp_path / "Modelfile").write_text("FROM gemma3\nSYSTEM You are Luigi.", "utf-8")
    ollama.create(name="luigi", path=tmp_path / "Modelfile")
    made = [body for path, body in server.asked if path == "create"]
    assert [(body["model"], body["system"]) for body in made] == [("mario", "You are Mario."), ("luigi", "You are Luigi.")]
    for wrong in ({"name": "a", "model": "b"}, {"name": "a", "source": "FROM x", "path": "p"}):
        with pytest.raises(UsageProblem):
            ollama.create(**wrong)


@pytest.mark.parametrize("carry", ["pull", "push"])
def test_pull_and_push(server, carry):
    """Progress as dictionaries whose missing figures are missing."""
    digests = [progress.get("digest", "") for progress in getattr(ollama, carry)("user/gemma3", stream=True)]
    assert digests == ["", "sha256:abc", ""]
    assert getattr(ollama, carry)("user/gemma3").status == "success"


def test_embed(server):
    """One text and several, and the older endpoint."""
    assert ollama.embed(model="gemma3", input="The sky is blue")["embeddings"] == [[0.5, 0.5]]
    assert len(ollama.embed(model="gemma3", input=["The sky is blue", "Grass is green"]).embeddings) == 2
    assert ollama.embeddings(model="gemma3", prompt="The sky")["embedding"] == [0.1, 0.2]


def test_tools(server):
    """A function as a tool, the call that the model asks for, and the answer to its result."""

    def add(a: int, b: int) -> int:
        """Add two numbers.

        Args:
            a (int): The first number
            b (int): The second number
        """
        return a + b

    described = {"type": "function", "function": {"name": "subtract", "parameters": {"type": "object", "properties": {}}}}
    messages = [{"role": "user", "content": "What is three plus one?"}]
    response = ollama.chat("llama3.1", messages=messages, tools=[add, described, ollama.Tool(described)])
    messages.append(response.message)
    for tool in response.message.tool_calls:
        assert isinstance(tool, ollama.Message.ToolCall)
        output = {"add": add}[tool.function.name](**tool.function.arguments)
        messages.append({"role": "tool", "content": str(output), "tool_name": tool.function.name})
    assert ollama.chat("llama3.1", messages=messages).message.content == SAID["content"]
    sent = server.asked[-1][1]["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool"]
    assert sent[-1]["content"] == "4"
    first = server.asked[-2][1]["tools"][0]["function"]
    assert first["parameters"]["properties"]["a"] == {"type": "integer", "description": "The first number"}


def test_structured_output(server):
    """A schema of pydantic goes out, and its model reads the answer."""
    pydantic = pytest.importorskip("pydantic")

    class Friend(pydantic.BaseModel):
        name: str
        age: int

    response = ollama.chat("llama3.1:8b", messages=MESSAGES, format=Friend.model_json_schema(), options={"temperature": 0})
    assert Friend.model_validate_json(response.message.content) == Friend(name="Ann", age=3)


def test_thinking_and_logprobs(server):
    """Thinking by its levels, and tokens with their alternatives."""
    for level in ("low", "medium", "high", True):
        assert ollama.chat("gpt-oss:20b", messages=MESSAGES, think=level).message.thinking == "hm"
    response = ollama.chat("gemma3", messages=MESSAGES, logprobs=True, top_logprobs=3)
    [entry] = response.get("logprobs", [])
    assert (entry.get("token", ""), entry["logprob"], [other["token"] for other in entry.get("top_logprobs", [])]) == (
        "Blue",
        -0.5,
        ["Red"],
    )


def test_pictures(server, tmp_path):
    """A path, bytes, and the class that wraps either; messages may be built of the class."""
    (tmp_path / "sky.png").write_bytes(b"\x89PNG")
    for picture in (str(tmp_path / "sky.png"), tmp_path / "sky.png", b"\x89PNG", ollama.Image(value=b"\x89PNG")):
        ollama.chat("gemma3", messages=[ollama.Message(role="user", content="What is it?", images=[picture])])
        assert server.asked[-1][1]["messages"][0]["images"] == ["iVBORw=="]
    ollama.generate("gemma3", "What is it?", options=ollama.Options(temperature=0.5, num_ctx=8))
    assert server.asked[-1][1]["options"] == {"temperature": 0.5, "num_ctx": 8}


def test_errors(server):
    """An error has its words and its status; a stream's has the status -1."""
    with pytest.raises(ollama.ResponseError) as caught:
        ollama.chat("does-not-yet-exist")
    assert caught.value.error == "model 'does-not-yet-exist' not found"
    assert caught.value.status_code == 404
    server.pull = lambda body: [{"status": "pulling manifest"}, {"error": "no such model"}]
    with pytest.raises(ollama.ResponseError) as caught:
        list(ollama.pull("x", stream=True))
    assert (caught.value.error, caught.value.status_code) == ("no such model", -1)
    assert issubclass(ollama.RequestError, ValueError)


@pytest.mark.parametrize("name", ["web_search", "web_fetch"])
def test_what_is_not_offered_says_so(name):
    """Services of ollama.com are none of a server's."""
    with pytest.raises(UsageProblem, match=f"{name} is a service of ollama.com"):
        getattr(ollama, name)("query")


# The parameters of the official client's methods in their order, as its version 0.6.3 has them; after the star they have names only.
OFFICIAL = {
    "generate": "model prompt suffix * system template context stream think logprobs top_logprobs raw format images options keep_alive",
    "chat": "model messages * tools stream think logprobs top_logprobs format options keep_alive",
    "embed": "model input truncate options keep_alive dimensions",
    "embeddings": "model prompt options keep_alive",
    "pull": "model * insecure stream",
    "push": "model * insecure stream",
    "create": "model quantize from_ files adapters template license system parameters messages * stream",
    "create_blob": "path",
    "list": "",
    "delete": "model",
    "copy": "source destination",
    "show": "model",
    "ps": "",
}
# `tools` may be given by its place there; in the documented examples it has its name.
MOVED = {"chat": {"tools"}}


@pytest.mark.parametrize("client", [ollama.Client, ollama.AsyncClient], ids=lambda client: client.__name__)
@pytest.mark.parametrize("name", OFFICIAL)
def test_signatures(client, name):
    """Every method has the official one's parameters; what may be given by its place has the same place."""
    parameters = inspect.signature(getattr(client, name)).parameters
    places, _, names = OFFICIAL[name].partition("*")
    ours = [key for key, parameter in parameters.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD][1:]
    assert ours[: len(places.split())] == places.split()
    assert {*names.split()} <= parameters.keys()


def test_the_table_is_that_of_the_official_client():
    """The recorded parameters are still those of the package, where it is installed."""
    official = pytest.importorskip("ollama")
    for name, recorded in OFFICIAL.items():
        parameters = [*inspect.signature(getattr(official.Client, name)).parameters.values()][1:]
        placed = [parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
        known = recorded.replace("*", "").split()
        assert [key for key in placed if key not in MOVED.get(name, ())] == recorded.partition("*")[0].split(), name
        assert {parameter.name for parameter in parameters} - set(known) <= {"width", "height", "steps"}, name
    ours = {*dir(ollama)}
    assert {name for name in official.__all__ if not name.startswith(("Web", "SystemOne"))} <= ours


def test_a_star_import_hides_nothing_of_python():
    """``list`` and ``copy`` are there by their names only."""
    assert not {"list", "copy"} & set(ollama.__all__)
    assert {"list", "chat", "ResponseError"} <= set(dir(ollama))

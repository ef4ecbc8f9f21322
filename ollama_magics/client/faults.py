"""From whatever went wrong on the wire to the one error that says so; pure and total."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ollama_magics.errors import (
    ConnectionProblem,
    ModelNotFound,
    NoServer,
    NotOllama,
    OllamaMagicsError,
    ServerBusy,
    ServerFault,
    StreamCut,
    StreamGarbled,
    TimedOut,
    UsageProblem,
)

_EXCERPT = 300
_ASK_AGAIN = "ask again; if it happens again, look into the server's log"
_CHECK_ADDRESS = "check the address: is it Ollama's, and does a proxy or gateway on the way let /api through?"

_PLAIN_REGISTRY = "a registry that speaks plain HTTP, as the built-in server does, is reached with `--insecure` (`insecure=True`)"

HINTS = (
    ("pull model manifest: file does not exist", "check the name: the registry has no such model"),
    ("proxyconnect", "look at HTTPS_PROXY where the server runs: its proxy refused"),
    ("connect: connection refused", "check that the registry is there: nothing listens at that address"),
    ("does not look like a TLS handshake", _PLAIN_REGISTRY),
    ("TLS handshake timeout", _PLAIN_REGISTRY),
    ("this registry is only read from", "start that server with `ollama-magics serve --registry write`"),
    ("does not match original host", "the registry refused and did not say how to sign in: check the name, and whether it is yours"),
    ("file must be downloaded again", "pull it again; if it happens again, the registry's copy is damaged"),
    ("max retries exceeded", "run it again when the registry answers: it goes on where it stopped"),
    ("no space left on device", "make room on the server's disk, then run it again"),
    ("path or Modelfile are required", "update the server: it is older than 0.5.5 and cannot be sent a model in this form"),
    ("neither 'from' or 'files' was specified", "name a model in `from_`, or give `files`"),
    ("does not support thinking", "leave `think` out, or use a model that thinks"),
    ("does not support tools", "leave `tools` out, or use a model with tools"),
    ("does not support insert", "leave `suffix` out, or use a model that fills gaps"),
    ("does not support embeddings", "use a model that embeds; `show` lists what a model is capable of"),
    ("does not support multimodal", "take the pictures out, or ask a model with vision"),
    ("raw mode does not support", "leave `raw` out, or `template`, `system` and `context`"),
    ("does not support", "`show` lists what the model is capable of"),
    ("invalid model name", "write a name as [host/][namespace/]model[:tag] of letters, digits and _ - ."),
    ("model is required", "name a model"),
    ("use either :local or :cloud", "end the name in one of both at most"),
    ("requires more system memory", "unload other models, use a smaller one, or lower `num_ctx`"),
    ("only supported for F16, BF16 and F32 models", "quantize from a model in F16, BF16 or F32"),
    ("draft quantization requires", "give the draft in F16, BF16 or F32, or leave `draft_quantize` out"),
    ("--draft-quantize requires", "name the draft's file in DRAFT, or leave `draft_quantize` out"),
    ("unsupported quantization type", "use Q8_0, Q4_K_M or Q4_K_S"),
    ("llama-quantize unavailable", "install the server whole: its program llama-quantize is missing"),
    (
        "failed to validate GGUF",
        "take another file, or update the server: the file is damaged, or of a kind that this version does not know",
    ),
    ("llama-quantize failed", "look into the server's log; it says what the file lacks"),
    ("supplied file was not in GGUF format", "give GGUF files alone: other files beside them, as config.json, are refused"),
    ("split GGUF", "give every part of the split file, under the names it was split into"),
    ("exceeds file size", "bring the file again: it is cut short"),
    ("unexpected EOF", "bring the file again: it is cut short"),
    ("only one adapter is currently supported", "create a second model from the first to put another adapter on top"),
    ("open adapter_config.json", "put the adapter's adapter_config.json beside it"),
    ("no base model was found", "name the adapter's base in FROM"),
    ("open config.json", "put the model's config.json beside its weights"),
    ("unknown tokenizer format", "put the model's tokenizer.json or tokenizer.model beside its weights"),
    ("unsupported architecture", "convert the model to GGUF with llama.cpp, and create from that"),
    ("unknown architecture", "convert the model to GGUF with llama.cpp, and create from that"),
    ("no files provided to convert", "give the files of a model: GGUF, or a folder of safetensors"),
    ("unknown type", "name the files as what they are: .gguf or .safetensors"),
    ("file path must be relative", "name files by relative paths without `..`"),
    ("DRAFT cannot be used with remote models", "leave DRAFT out: a model that runs elsewhere has none"),
    ("bad remote", "write remote_host as https://host:port"),
    ("info field", "give `info` the type that the message names"),
    ("template error", "correct the template; what Go's own parser says stands behind the colon"),
    ("blobs/sha256-", "send the file first: `client.create_blob(path)`"),
    ("must be of type", "give the option a value of that type"),
    ("invalid format", 'give "json" or a JSON schema as format'),
    ("top_logprobs must be", "ask for 0 to 20 alternatives"),
    ("in duration", "write keep_alive in seconds, or with its unit as in 10m"),
    ("invalid duration", "write keep_alive in seconds, or with its unit as in 10m"),
    ("Unsupported type", "write keep_alive in seconds, or with its unit as in 10m"),
    ("exceeds the context length", "shorten the text, raise `num_ctx`, or let `truncate` cut it"),
    ("invalid input type", "give one text or a list of texts"),
    ("image generation models are not", "use a model that writes text"),
    ("process has terminated", "look into the server's log: the engine did not take the model, or an adapter of another one"),
    ("cannot run this remote model", "let OLLAMA_REMOTES of the server name the host of the model"),
    ("ollama cloud is disabled", "turn cloud models on at the server, or use a local model"),
    ("access denied", "sign in with `ollama signin`, and push under a name that is yours"),
    ("unauthorized", "sign in with `ollama signin`, or set OLLAMA_API_KEY"),
    ("unqualified name", "write a name as [host/][namespace/]model[:tag] of letters, digits and _ - ."),
    ("manifests/", "check the name: `list` shows the models of the server"),
    ("requires MLX support", "use a model in GGUF: this server cannot run the one it was asked for"),
    ("dial tcp", "look at the server's way to its registry: nothing answers there"),
    ("pull model manifest", "look at the server's way to its registry, then pull again; what came is kept"),
    ("invalid digest format", "write a digest as sha256: and 64 hexadecimal digits in lower case"),
    ("digest mismatch", "the file changed while it was sent; send it again"),
    ("is invalid", "write a name as [host/][namespace/]model[:tag] of letters, digits and _ - ."),
)
"""A piece of the server's words, and the remedy. The first that fits is taken.

Source: Ollama server/routes.go, server/create.go, server/download.go, llm/server.go (v0.33.0-rc2).
"""


def error_text(body: bytes) -> str:
    """Return the server's own words in the body of an error, "" when it has none; takes any bytes.

    Examples:
        >>> error_text(b'{"error":"model is required"}'), error_text(b"404 page not found"), error_text(b"<html>")
        ('model is required', '404 page not found', '')
        >>> error_text(b'"bad gateway"'), error_text(b"null"), error_text(b'{"error":{"message":"no"}}')
        ('bad gateway', '', 'no')
    """
    text = body.decode("utf-8", "replace").strip()
    try:
        return _words(json.loads(text))
    except (ValueError, RecursionError):
        return "" if text.startswith("<") else text[:_EXCERPT]


def _words(value: Any) -> str:
    """Return the message in a decoded error: its ``error``, or that one's ``message``."""
    for key in ("error", "message"):
        if isinstance(value, dict) and value.get(key):
            value = value[key]
    return value if isinstance(value, str) else ""


def headline(error: str) -> str:
    """Return the server's words as a message: an engine's JSON inside them unpacked, the first line, not endless.

    Source: Ollama passes the whole JSON body of its engine on as the text of the error, for images without vision for instance.
    """
    if error.startswith("{"):
        error = error_text(error.encode("utf-8", "replace")) or error
    line = error.strip().partition("\n")[0].rstrip()
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT]}…"


def hint_for(error: str) -> str:
    """Return the remedy for an error in the server's words, "" when none is known."""
    return next((hint for piece, hint in HINTS if piece in error), "")


def status_fault(status: int, headers: Mapping[str, str], body: bytes, *, server: str, path: str, model: str = "") -> OllamaMagicsError:
    """Return the error for an answer whose status is not 2xx.

    Args:
        server: the address as it may be shown.
        model: the model the request named, "" for none.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    error = error_text(body)
    if 300 <= status < 400:
        target = headers.get("location", "")
        hint = f"use the address it points to: {target[:_EXCERPT].partition('?')[0]}" if target else _CHECK_ADDRESS
        return NotOllama(f"{server} answered {path} with a redirect ({status})", hint=hint)
    if kind == "text/html" or (body.strip() and not _is_json_object(body)):
        shown = f": {error}" if error else ""
        return NotOllama(f"{server} answered {path} with {status} and not as Ollama does{shown}", hint=_CHECK_ADDRESS)
    if status == 404 and model and _is_about_model(error):
        hint = f"pull it (`%ollama pull {model}` or `client.pull({model!r})`), or check the name"
        return ModelNotFound(f"{server} has no model {model!r}", status=404, error=error, hint=hint)
    return _server_fault(status, error, server, path)


def _server_fault(status: int, error: str, server: str, path: str) -> ServerFault:
    if status == 503:
        hint = "wait for other requests to end, then ask again"
        return ServerBusy(headline(error) or f"{server} is busy", status=503, error=error, hint=hint)
    if error:
        return ServerFault(headline(error), status=status, error=error, hint=hint_for(error))
    hint = _ASK_AGAIN
    if status == 403:
        # Source: Ollama server/routes.go, allowedHostsMiddleware: a foreign Host header gets an empty 403.
        hint = "a server bound to this machine refuses foreign host names: let the gateway send `Host: localhost`"
    return ServerFault(f"{server} answered {path} with {status} and no reason", status=status, hint=hint)


def _is_json_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body.decode("utf-8", "replace")), dict)
    except (ValueError, RecursionError):
        return False


def _is_about_model(error: str) -> bool:
    # `model 'x' not found` and `model "x" not found, try pulling it first`; an older server may send no text.
    return not error or (error.startswith("model ") and "not found" in error)


def transport_fault(exc: Exception, *, server: str, answered: bool, http: bool, silence_s: float | None) -> OllamaMagicsError:
    """Return the error for an exception of httpx.

    Args:
        answered: whether the headers of the answer had come.
        http: whether what came back, if anything, began as HTTP.
        silence_s: the longest pause the caller allowed, in seconds.
    """
    import httpx

    match exc:
        case httpx.ConnectTimeout():
            return NoServer(f"nothing answered at {server}", hint=_CHECK_ADDRESS)
        case httpx.ProxyError():
            return NoServer(f"the proxy on the way to {server} refused", hint="check HTTP_PROXY, HTTPS_PROXY and NO_PROXY")
        case httpx.ConnectError():
            return _connect_fault(exc, server)
        case httpx.TimeoutException():
            pause = f" for {silence_s:g} s" if silence_s is not None else ""
            return TimedOut(f"{server} said nothing{pause}", hint="give a longer timeout, or look whether the server is still at work")
        case httpx.RemoteProtocolError() if not (_hung_up(exc) and http):
            if answered:
                return StreamGarbled(f"the answer of {server} broke the rules of HTTP", hint=_ASK_AGAIN)
            return NotOllama(f"{server} does not speak HTTP", hint=_CHECK_ADDRESS)
        case httpx.LocalProtocolError() | httpx.UnsupportedProtocol() | httpx.InvalidURL():
            # The text of the exception may quote a header, and a header may hold a secret.
            return UsageProblem(f"the request to {server} cannot be sent", hint="check the address, the headers and OLLAMA_API_KEY")
        case httpx.NetworkError() | httpx.RemoteProtocolError():
            when = "in the middle of the answer" if answered else "without an answer"
            return StreamCut(f"{server} hung up {when}", hint=_ASK_AGAIN)
        case httpx.DecodingError():
            return NotOllama(f"{server} sent an answer that cannot be unpacked", hint=_CHECK_ADDRESS)
    return ConnectionProblem(f"the request to {server} failed: {type(exc).__name__}", hint=_CHECK_ADDRESS)


def _hung_up(exc: Exception) -> bool:
    """Return whether a protocol error means the end of the connection.

    Source: httpcore 1.0 _sync/http11.py and h11 0.16 _readers.py word it so; ``tests/client/test_faults.py`` tells when they change.
    """
    return str(exc).startswith(("Server disconnected", "peer closed connection", "peer unexpectedly closed"))


def _connect_fault(exc: Exception, server: str) -> NoServer:
    import ssl  # what speaks no TLS does not pay for loading it

    cause: BaseException | None = exc
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return NoServer(
            f"the certificate of {server} is not trusted: {cause.verify_message}",
            hint="let SSL_CERT_FILE name the file with the authority that signed it",
        )
    if cause is not None:
        return NoServer(f"{server} does not speak TLS", hint="write http:// instead of https:// in the address")
    return NoServer(f"cannot reach Ollama at {server}", hint="start it there with `ollama serve`, or give another address as host")

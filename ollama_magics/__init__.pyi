from IPython.core.interactiveshell import InteractiveShell

from ollama_magics.client.async_client import AsyncClient as AsyncClient
from ollama_magics.client.cancel import CancelToken as CancelToken
from ollama_magics.client.client import Client as Client
from ollama_magics.errors import ResponseError as ResponseError
from ollama_magics.modelfile.modelfile import Modelfile as Modelfile
from ollama_magics.modelfile.modelfile import parse as parse
from ollama_magics.services.comparison import Comparison as Comparison
from ollama_magics.services.comparisonplan import compare as compare
from ollama_magics.services.conversation import Answer as Answer
from ollama_magics.services.conversation import Chat as Chat
from ollama_magics.services.conversation.fetching import fetch_picture as fetch_picture
from ollama_magics.services.creation import Creation as Creation
from ollama_magics.services.functions import RequestError as RequestError
from ollama_magics.services.functions import chat as chat
from ollama_magics.services.functions import copy as copy
from ollama_magics.services.functions import create as create
from ollama_magics.services.functions import delete as delete
from ollama_magics.services.functions import embed as embed
from ollama_magics.services.functions import embeddings as embeddings
from ollama_magics.services.functions import generate as generate
from ollama_magics.services.functions import list as list
from ollama_magics.services.functions import ps as ps
from ollama_magics.services.functions import pull as pull
from ollama_magics.services.functions import push as push
from ollama_magics.services.functions import show as show
from ollama_magics.services.functions import web_fetch as web_fetch
from ollama_magics.services.functions import web_search as web_search
from ollama_magics.services.history import history as history
from ollama_magics.services.servers import find_server as find_server
from ollama_magics.services.servers import set_default_host as set_default_host
from ollama_magics.services.tuning.tuner import Tuner as Tuner
from ollama_magics.wire.types import ChatResponse as ChatResponse
from ollama_magics.wire.types import EmbeddingsResponse as EmbeddingsResponse
from ollama_magics.wire.types import EmbedResponse as EmbedResponse
from ollama_magics.wire.types import GenerateResponse as GenerateResponse
from ollama_magics.wire.types import Image as Image
from ollama_magics.wire.types import ListResponse as ListResponse
from ollama_magics.wire.types import Message as Message
from ollama_magics.wire.types import Options as Options
from ollama_magics.wire.types import ProcessResponse as ProcessResponse
from ollama_magics.wire.types import ProgressResponse as ProgressResponse
from ollama_magics.wire.types import ShowResponse as ShowResponse
from ollama_magics.wire.types import StatusResponse as StatusResponse
from ollama_magics.wire.types import Tool as Tool

__version__: str

def load_ipython_extension(shell: InteractiveShell) -> None: ...
def unload_ipython_extension(shell: InteractiveShell) -> None: ...

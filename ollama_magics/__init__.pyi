from IPython.core.interactiveshell import InteractiveShell

from ollama_magics.client.async_client import AsyncClient as AsyncClient
from ollama_magics.client.cancel import CancelToken as CancelToken
from ollama_magics.client.client import Client as Client
from ollama_magics.modelfile.modelfile import Modelfile as Modelfile
from ollama_magics.modelfile.modelfile import parse as parse
from ollama_magics.services.comparison import Comparison as Comparison
from ollama_magics.services.comparisonplan import compare as compare
from ollama_magics.services.conversation import Answer as Answer
from ollama_magics.services.conversation import Chat as Chat
from ollama_magics.services.creation import Creation as Creation
from ollama_magics.services.creation import create as create
from ollama_magics.services.history import history as history
from ollama_magics.services.servers import find_server as find_server
from ollama_magics.services.servers import set_default_host as set_default_host
from ollama_magics.services.tuning.tuner import Tuner as Tuner

__version__: str

def load_ipython_extension(shell: InteractiveShell) -> None: ...
def unload_ipython_extension(shell: InteractiveShell) -> None: ...

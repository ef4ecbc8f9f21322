"""The OpenAI API as Ollama speaks it: requests and answers translated to Ollama's own and back, pure."""

"""The client of any Ollama server, on httpx."""

"""The embedded server that answers like Ollama."""

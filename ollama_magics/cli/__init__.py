"""The ollama-magics command."""

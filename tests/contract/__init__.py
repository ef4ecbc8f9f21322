"""The contract of Ollama's API: recorded answers of a real server, and what compares another server with them."""

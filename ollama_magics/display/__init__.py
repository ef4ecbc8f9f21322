"""What a person reads: results as documents, drawn as plain text or as static HTML.

``segments`` are the building blocks, ``cards`` make documents of results, ``text`` and ``html`` draw them. Every string that goes
in counts as untrusted: names, answers, errors and templates come from models and servers.
"""

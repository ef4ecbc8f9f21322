"""MESSAGE lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ollama_magics.modelfile.naming import character_name, shortened
from ollama_magics.modelfile.nodes import ROLES, Fault, Instruction, Word
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.rules.rule import Finding, Rule
from ollama_magics.text.suggest import nearest

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

UNKNOWN_ROLE = Rule(
    *("MF401", "unknown-role", "error", "A role is none of system, user and assistant."),
    *("FROM a\nMESSAGE tool hi\n", "FROM a\nMESSAGE user hi\n"),
)
ROLE_CASE = Rule(
    *("MF402", "role-case", "error", "A role is written in capitals; roles are lower-case, unlike instructions."),
    *("FROM a\nMESSAGE User hi\n", "FROM a\nMESSAGE user hi\n"),
)
ROLE_CHARACTER = Rule(
    *("MF403", "character-after-role", "error", "Something else than a space or a tab follows a role."),
    *("FROM a\nMESSAGE user: hi\n", "FROM a\nMESSAGE user hi\n"),
)
EXTRA_SPACE = Rule(
    *("MF404", "space-before-role", "error", "A second space after MESSAGE makes the role empty."),
    *("FROM a\nMESSAGE  user hi\n", "FROM a\nMESSAGE user hi\n"),
)
NO_TEXT = Rule(
    *("MF405", "message-without-text", "error", "A MESSAGE has no role or nothing behind it."),
    *("FROM a\nMESSAGE user\n", "FROM a\nMESSAGE user hi\n"),
)
RULES = (UNKNOWN_ROLE, ROLE_CASE, ROLE_CHARACTER, EXTRA_SPACE, NO_TEXT)

_ELSEWHERE = {
    **dict.fromkeys(("bot", "ai", "model", "gpt", "char", "character"), "assistant"),
    **dict.fromkeys(("human", "person", "me", "input"), "user"),
    **dict.fromkeys(("developer", "instruction", "instructions"), "system"),
}
"""Names that other programs have for the same roles."""

_ALL = "The roles are system, user and assistant."


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield what is wrong with MESSAGE lines."""
    for node in file.instructions:
        if node.name != "message" or node.argument is None:
            continue
        for kind, offset in node.faults:
            if kind is Fault.UNKNOWN_ROLE:
                yield _unknown(file, node, node.argument, offset)
            elif kind is Fault.ROLE_CHARACTER:
                yield _character(file, node, node.argument, offset)
            elif kind is Fault.ROLE_END:
                message = f"MESSAGE {node.argument.text}".rstrip() + (" has no text" if node.argument.text else " has no role")
                yield NO_TEXT.at(node.start, node.end, message, help="Role and text stand on the same line: `MESSAGE user Hello`.")


def _unknown(file: Modelfile, node: Instruction, role: Word, offset: int) -> Finding:
    if role.start > offset:
        if not role.text:
            return NO_TEXT.at(node.start, node.end, "MESSAGE has no role", help=_ALL)
        shift = Fix("Remove the extra space", offset, role.start, "")
        help = "Exactly one space or tab separates MESSAGE from the role."
        return EXTRA_SPACE.at(offset, role.start, "More than one space after MESSAGE", help=help, fix=shift)
    lower = role.text.lower()
    if lower in ROLES:
        lowered = Fix(f"Change to {lower}", role.start, role.end, lower)
        return ROLE_CASE.at(role.start, role.end, f"The role {role.text} is written {lower}", help="Roles are lower-case.", fix=lowered)
    if lower == "tool":
        help = f"{_ALL} Messages of tools can be sent in a chat, not stored in a Modelfile."
        return UNKNOWN_ROLE.at(role.start, role.end, "There is no role `tool` in a Modelfile", help=help)
    near = _ELSEWHERE.get(lower) or next(iter(nearest(role.text, ROLES, limit=1)), "")
    fix = Fix(f"Change to {near}", role.start, role.end, near) if near else None
    message = f"There is no role {shortened(role.text)}"
    return UNKNOWN_ROLE.at(role.start, role.end, message, help=_ALL, note=f"did you mean {near}?" if near else "", fix=fix)


def _character(file: Modelfile, node: Instruction, role: Word, offset: int) -> Finding:
    character = file.source_text[offset]
    fix = None
    meant = role.text.lower()
    if meant in ROLES and node.value is not None and character in ":=":
        title = "Change to a space" if meant == role.text else f"Change to {meant} and a space"
        fix = Fix(title, role.start, max(node.value.start, offset + 1), f"{meant} ")
    message = f"The role is followed by {character_name(character)}"
    return ROLE_CHARACTER.at(offset, offset + 1, message, help="A space or a tab must follow the role.", fix=fix)

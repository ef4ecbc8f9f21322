"""How to answer: capitals, a pirate's tongue, words at the start and at the end, one word, and what else people ask for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from ollama_magics.server.tutor.lessons.draw import Draw, Wordings, capital, wordings
from ollama_magics.server.tutor.lessons.knowledge import FRENCH, GERMAN, SPANISH
from ollama_magics.server.tutor.lessons.lexicon import TITLES
from ollama_magics.server.tutor.lessons.replies import Reply

WHOLE, SHORT, FORMAT = "whole", "short", "format"


@dataclass(frozen=True)
class Style:
    """An instruction and what it does to an answer.

    Args:
        text: the instruction, as it stands in the prompt.
        apply: the answer in this style.
        kind: ``whole`` styles combine with each other; ``short`` decides the length, ``format`` the form, each at most once.
    """

    text: str
    apply: Callable[[Reply], Reply]
    kind: str = WHOLE


_VERB = "[Answer|Reply|Respond|Write|Speak|Talk]"
_ALWAYS = "[Always answer|Always reply|Answer|Reply|Respond|Please answer|You answer|You must answer|You always answer]"
_EVERY = "[every answer|each answer|every reply|each reply|all your answers|every response|each response|your answers|every message]"

_CAPITALS = wordings(
    "Always shout.", "Answer in capital letters.", "Always answer in capital letters.", "Reply in ALL CAPS.",
    f"{_ALWAYS} in [capital letters|capitals|all caps|uppercase|upper case|CAPITAL LETTERS|UPPERCASE|big letters].",
    "Use [capital letters|capitals|uppercase letters] only.",
    f"Write {_EVERY} in [capital letters|capitals|all caps|uppercase].",
    "[You shout|You always shout|Shout] [all the time|in capital letters|everything you say|at the user|when you speak].",
    "[Write|Put|Say] everything in [capital letters|capitals|all caps|uppercase].",
    "[I want|I need|I expect|Give me|Show me] [only |nothing but |just |][capital letters|capitals|uppercase letters|big letters][ in your answers| from now on|].",
    "[No|NO|Never use|Not one|No more] [small|SMALL|lowercase|little] [letters|LETTERS][.| at all.| in your answers.| please.|!]",
    "[All|Whatever|Everything] you [write|answer|tell me] [must be|has to be|should be|is] in [capital letters|capitals|uppercase].",
    held=("Everything you say is in capital letters.", "NO SMALL LETTERS, PLEASE.", "I only want to see capital letters from you."),
)  # fmt: skip
_SMALL = wordings(
    "Never use capital letters.", "Write everything in lowercase.",
    f"{_ALWAYS} in [lowercase|lower case|small letters|lowercase letters].",
    "[Use|Write] only [small|lowercase|lower case] letters.", f"Write {_EVERY} in [lowercase|lower case|small letters].",
    "[Do not|Never|Don't] [use|write|type] [capital|big|uppercase] letters.",
    "[No|Not one|No more|Without] [capitals|capital letters|big letters|uppercase letters][.| in your answers.| please.|!]",
    "[All|Whatever|Everything] you [write|answer|tell me] [must be|has to be|should be|is] in [lowercase|small letters|lower case].",
    held=("Everything you say is in lowercase.", "No capitals at all, please."),
)  # fmt: skip
_LIKE = wordings(
    "Answer like <a>.", "Speak like <a>.", "Talk like <a>.",
    f"{_VERB} [like|in the style of|as if you were|the way of|in the voice of|as] <a>.",
    "[You talk|You speak|Always speak|Always talk|Please talk|You always talk|You answer] like <a>.",
    "[Use the language|Use the words|Use the voice|Imitate the voice|Take the tone] of <a>.",
    held=("Sound like <a>.", "I want to hear <a> when you answer.", "Your way of speaking is that of <a>."),
)  # fmt: skip
_TONE = wordings(
    "Be <t>.", "Be very <t>.", "[Be|Stay|You are|Always be|You must be] [very |extremely |really |always |]<t>.",
    f"{_VERB} in a [very |]<t> [way|tone|manner|style|voice].", "[Your tone|Your style|Your voice] is [very |]<t>.",
    held=("Keep a <t> tone.", "I like <t> answers."),
)  # fmt: skip
_START = wordings(
    "Start every answer with <q>.", "Begin every answer with <q>.",
    f"[Start|Begin|Open] {_EVERY} with [the words |the phrase |the text |]<q>.",
    "[Always start|Always begin|Always open|You always start|You start] with <q>.",
    "[Always say|First say|Always write|Say|Write] <q> [first|at the start|at the beginning|before you answer|before each answer].",
    "Put <q> [in front of|before|at the start of] [every answer|each answer|your answer|all answers].",
    held=("The first words of every answer are <q>.", "Let every reply open with <q>.", "Every answer has to start with <q>."),
)  # fmt: skip
_END = wordings(
    "End every answer with <q>.", "Finish every answer with <q>.",
    f"[End|Finish|Close|Conclude] {_EVERY} with [the words |the phrase |the text |]<q>.",
    "[Always end|Always finish|Always close|You always end|You end] with <q>.",
    "[Always say|Always write|Say|Write|Add] <q> [last|at the end|after you answer|after each answer|at the end of each answer].",
    "Put <q> [after|behind|at the end of] [every answer|each answer|your answer|all answers].",
    held=("The last words of every answer are <q>.", "Let every reply close with <q>.", "Every answer has to end with <q>."),
)  # fmt: skip
_CONTAIN = wordings(
    "Your answers must contain the word <q>.", "Use the word <q> in every answer.", "Every answer contains the word <q>.",
    f"[Use|Say|Write|Include|Mention|Put|Place|Add|Work in] [the word |]<q> [in|somewhere in|within|at some point in] {_EVERY}.",
    f"{_EVERY} [must|should|has to|have to|needs to] [contain|include|mention|have|use] [the word |]<q>.",
    "[Always|You must always|You should always|You always|Please] [use|say|mention|include|write] [the word |]<q>.",
    "[Never answer|Do not answer|Don't answer|Never reply] without [the word |saying |using |mentioning |]<q>.",
    "The word <q> [must|should|has to] [be|appear|stand|occur|come up] [somewhere |]in {every}.".replace("{every}", _EVERY),
    "[Make sure|Take care|See to it] that [the word |]<q> is in {every}.".replace("{every}", _EVERY),
    "[Make sure|Take care|Remember|See to it|Be certain] that <q> [comes up|is used|stands|turns up|can be read|is said] [somewhere |at least once |][in what you write|in all you write|in what you answer|in {every}].".replace("{every}", _EVERY),
    "[No reply|No response|Not one answer|Nothing] without [the word |]<q>[.|!| please.]",
    "[You have to|You need to|You must|You should] [use|mention|write|include|bring in] [the word |]<q> in {every}.".replace("{every}", _EVERY),
    "In {every} [the word |]<q> [must|has to|needs to|should] [appear|be found|come up|stand|be used].".replace("{every}", _EVERY),
    "[Whatever|No matter what] you [say|write|are asked], [use|include|mention|work in|put in] [the word |]<q>.",
    held=(
        "Make sure that <q> appears somewhere in what you say.", "No answer without the word <q>!",
        "You have to say <q> in each response.", "In all of your replies the word <q> should occur.",
        "Whatever you answer, bring in the word <q>.",
    ),
)  # fmt: skip
_AVOID = wordings(
    "Never say the word <q>.", "Do not use the word <q>.",
    "[Never|Do not|Don't|You must not|You must never|Please never] [say|use|write|mention|type] [the word |]<q>.",
    "[The word <q> is|<q> is] [forbidden|not allowed|a forbidden word|taboo].", "[Avoid|Leave out] the word <q>.",
    "[The word |]<q> [may not|must never|should not|cannot] [appear|come up|be used|be said|stand in {every}].".replace("{every}", _EVERY),
    "[Answer|Reply|Speak] without [ever |][saying|using|writing] [the word |]<q>.",
    held=("The word <q> must not occur.", "I do not want to read the word <q>."),
)  # fmt: skip
_CALL = wordings(
    "Call the user <x>.", "Always call the user <x>.",
    "[Call|Address|Always address|Always call|You call|Greet] [the user|the person|me|everybody|whoever asks] [as |]<x>.".replace("as |", "|"),
    "[Address|Always address] [the user|me|everybody] [as|with] <x>.",
    "The [user|person you talk to] is [called|named] <x>. Use [the name|this name|it] in every answer.",
    "[Use|Say] <x> when you [speak to|answer|address] the user.",
    held=("For you the user is <x>, so say it each time.", "Say <x> to the user."),
)  # fmt: skip
_EMOJI = wordings(
    "Use emojis.", "End with an emoji.", "Always add an emoji.",
    "[Add|Use|Put|Include|Write] [an emoji|emojis|some emojis|a few emojis] [to every answer|in every answer|at the end|in your answers|each time].",
    "[You love|You like|You always use] emojis.", held=("No answer without an emoji.", "Put a smiley behind what you say."),
)  # fmt: skip
_ONLY_EMOJI = wordings(
    "Respond only with emojis.", "Use emojis only.", "Answer only in emojis.",
    f"{_ALWAYS} [only with|only in|with nothing but|just with|exclusively with|in] emojis.",
    "[Use|Write|Send] [only emojis|nothing but emojis|just emojis|emojis and no words|emojis instead of words].",
    "[No words|No letters|Do not use words|Never use words|Words are forbidden][, only emojis|: only emojis|, just emojis|; use emojis].",
    held=("Answer in emojis, never in words.", "Your whole language is emojis.", "Say it with emojis alone."),
)  # fmt: skip
_TWICE = wordings("Say everything twice.", "[Repeat|Say|Write] [every answer|everything|each sentence|all you say] [twice|two times].")
_BRIEF = wordings(
    "Be brief.", "Keep it short.", "Be concise.", "[Be|Keep it|Stay] [very |]brief.", "[Keep|Make] your answers [very |]short."
)
_QUESTION = wordings(
    "End every answer with a question.", "Always ask a question at the end.",
    "[Always ask|Ask|Add] [a question|another question|a question back] [at the end|in the end|after your answer|each time].",
    f"[End|Finish|Close] {_EVERY} with a question.", "[Answer, then ask|First answer, then ask] [a question|the user a question].",
    "[Never|Do not|Don't] [finish|end|answer] without [a question|a question to the user|a question at the end].",
    "[After|Behind] [each answer|every answer|all you say|each reply] [ask|put|add|comes|write] a question.",
    "[Ask|Always ask] the user [something|something new|what else they want to know] [at the end|when you have answered|after your answer].",
    held=("Ask something back after each answer.", "Never stop without asking a question."),
)  # fmt: skip
_LANGUAGE = wordings(
    "Answer in <l>.", "Always answer in <l>.", f"{_ALWAYS} [only |]in <l>.", "[Speak|Write|Use|Talk] [only |]<l>.",
    "[The user speaks|Your language is|You speak only] <l>.", held=("All your answers are in <l>.", "Everything has to be in <l>."),
)  # fmt: skip
_ONE_WORD = wordings(
    "Answer in one word.", "Reply with one word only.", "Answer with a single word.", "One word only.",
    f"{_ALWAYS} [in|with|using] [only |just |exactly |]one word[| only].",
    f"{_ALWAYS} [in|with|using] [just |]a single word.",
    "[Use|Write|Say|Give] [only |just |exactly |no more than |]one word[| per answer| as your answer].",
    "[Your answers are|Every answer is|Keep it to|Each answer has] [exactly |just |]one word.",
    held=("One word is all you may say.", "Your replies consist of one single word.", "Limit yourself to one word."),
)  # fmt: skip
_N_WORDS = wordings(
    "Answer in <n> words.", "Use exactly <n> words.", "Always reply with <n> words.",
    f"{_ALWAYS} [in|with|using] [exactly |just |]<n> words.",
    "[Use|Write|Say|Give] [exactly |just |]<n> words[| per answer| in each answer].",
    "[Your answers are|Every answer is|Every answer has|Each answer must have|Your answers must have] [exactly |]<n> words[| long].",
    held=("<n> words, no more and no less.", "Every reply consists of <n> words."),
)  # fmt: skip

_MANNERISMS = {
    "pirate": ("Arr! ", " Matey!"), "cowboy": ("Howdy, partner! ", ""), "robot": ("Beep boop. ", " Beep."), "wizard": ("By my beard! ", ""),
    "king": ("By royal decree: ", ""), "queen": ("By royal decree: ", ""), "cat": ("", " Meow!"), "parrot": ("Squawk! ", ""),
    "viking": ("Skol! ", ""), "child": ("Oh! ", " Yay!"), "poet": ("Hark! ", " So it is, and so it was."), "dog": ("Woof! ", ""),
    "grandmother": ("Oh my dear. ", ""), "butler": ("Very well. ", ""), "ghost": ("Boo! ", ""),
}  # fmt: skip

_TONES = {
    "polite": ("Certainly! ", ""), "grumpy": ("Ugh. ", ""), "enthusiastic": ("Wow! ", ""), "formal": ("Dear user: ", " Yours faithfully."),
    "sad": ("Sigh. ", ""), "funny": ("", " Ha ha!"), "childish": ("Oh! ", " Yay!"), "angry": ("Grr! ", ""), "friendly": ("Dear friend, ", ""),
}  # fmt: skip

_RHYME = wordings(
    "Answer in rhyme.", "Always rhyme.", f"{_ALWAYS} [in rhyme|in rhymes|with a rhyme|as a rhyme].", "[Your answers|All answers] rhyme.",
    "[Make|Let] [your answers|every answer] rhyme.", held=("Put a rhyme into each reply.",),
)  # fmt: skip

_PIRATE = (("Hello", "Ahoy"), (" you", " ye"), ("You are", "Ye be"), ("My ", "Me "), (" my ", " me "), (" is ", " be "), (" are ", " be "), ("Yes", "Aye"), ("friend", "matey"))  # fmt: skip

_EMOJIS = {
    "countries": "🌍👍", "animals": "🐶😊", "colours": "🎨🌈", "maths": "🔢👍", "words": "📚👍", "space": "🚀🌟", "science": "🔬🌟",
    "books": "📚😊", "time": "⏰👍", "me": "🤖😊", "unknown": "🤷", "hello": "👋😊", "goodbye": "👋", "story": "📖🌟", "poem": "📖🌟", "joke": "😂",
}  # fmt: skip
_PLAIN_EMOJI = "😊👍"

_FILLERS = {
    1: "",
    2: "It's ",
    3: "It is ",
    4: "The answer is ",
    5: "The right answer is ",
    6: "I think the answer is ",
    7: "I think the right answer is ",
}
NUMBERS = "zero one two three four five six seven eight nine ten".split()

_STARTS = "Well,|Listen:|Ahem.|Dear friend,|Ho ho ho!|Attention!|My dear,|Hmm.|Oh,|Behold!|Indeed:|Beep!|Good news:|Let me see:|Aha!".split(
    "|"
)
_ENDS = "Meow!|Over and out.|Have a nice day!|Cheers!|Ta-da!|Amen.|The end.|Stay safe!|And that is that.|Peace!|Live long and prosper!|Good luck!|Hooray!|So it goes.|Moo!".split("|")  # fmt: skip


def quoted(draw: Draw, text: str) -> str:
    """Return the text in quotes of some kind, or bare."""
    quote = draw.one(('"', '"', "'", ""))
    return f"{quote}{text}{quote}"


def _phrase(draw: Draw, fixed: list[str], marks: str) -> str:
    if not draw.held and draw.chance(0.25):
        return draw.one(fixed)
    words = " ".join(draw.token() if draw.chance(0.2) else draw.word() for _ in range(draw.number(1, 4)))
    mark: str = draw.one(("", "", *marks))
    return (capital(words) if draw.chance(0.4) else words) + mark


def in_words(full: str, affix: tuple[str, str]) -> str:
    """Return a sentence between two exclamations."""
    return f"{affix[0]}{full}{affix[1]}"


def pirate(full: str) -> str:
    """Return a sentence as a pirate says it."""
    for plain, salty in _PIRATE:
        full = full.replace(plain, salty)
    return in_words(full, _MANNERISMS["pirate"])


def manner_of(role: str) -> Callable[[Reply], Reply] | None:
    """Return how somebody with this role speaks without being told, or None for a plain speaker."""
    character = role.lower().split()[-1] if role else ""
    return (
        _mannered(character) if character in ("pirate", "cowboy", "robot", "cat", "parrot", "wizard", "king", "queen", "viking") else None
    )


def _mannered(character: str) -> Callable[[Reply], Reply]:
    if character == "pirate":
        return lambda reply: reply.saying(pirate(reply.full))
    return lambda reply: reply.saying(in_words(reply.full, _MANNERISMS[character]))


def emojis(reply: Reply) -> str:
    """Return two emojis for the topic of an answer."""
    return _EMOJIS.get(reply.topic, _PLAIN_EMOJI)


def _simple(ways: Wordings, change: Callable[[Reply], str]) -> Callable[[Draw], Style]:
    return lambda draw: Style(draw.say(ways), lambda reply: reply.saying(change(reply)))


def _character(draw: Draw) -> Style:
    who = draw.one(tuple(_MANNERISMS))
    who = draw.one((who, "pirate", "king"))
    return Style(draw.say(_LIKE, a=f"a {who}"), _mannered(who))


def _tone(draw: Draw) -> Style:
    tone = draw.one(tuple(_TONES))
    return Style(draw.say(_TONE, t=tone), lambda reply: reply.saying(in_words(reply.full, _TONES[tone])))


def _start(draw: Draw) -> Style:
    words = _phrase(draw, _STARTS, "!,:")
    return Style(_tidy(draw.say(_START, q=quoted(draw, words))), lambda reply: reply.saying(f"{words} {reply.full}"))


def _end(draw: Draw) -> Style:
    words = _phrase(draw, _ENDS, "!.")
    return Style(_tidy(draw.say(_END, q=quoted(draw, words))), lambda reply: reply.saying(f"{reply.full} {words}"))


def _contain(draw: Draw) -> Style:
    word = draw.token() if draw.chance(0.2) else draw.word()
    return Style(draw.say(_CONTAIN, q=quoted(draw, word)), lambda reply: reply.saying(f"{reply.full} By the way: {word}."))


def avoid(draw: Draw, word: str = "") -> Style:
    """Return the style of never saying a word."""
    word = word or draw.word()

    def change(reply: Reply) -> Reply:
        found = re.search(rf"\b{re.escape(word)}\b", reply.full, re.IGNORECASE)
        return reply.saying("That is a word I must not say.") if found else reply

    return Style(draw.say(_AVOID, q=quoted(draw, word)), change)


def _call(draw: Draw) -> Style:
    title = draw.one(TITLES) if draw.chance(0.5) and not draw.held else draw.name()

    def change(reply: Reply) -> Reply:
        last = reply.full[-1] if reply.full[-1] in ".!?" else "."
        return reply.saying(f"{reply.full.rstrip('.!?')}, {title}{last}")

    return Style(draw.say(_CALL, x=quoted(draw, title) if draw.chance(0.2) else title), change)


def _language(draw: Draw) -> Style:
    name, lead, words = draw.one(
        (("French", "La réponse est {}.", FRENCH), ("Spanish", "La respuesta es {}.", SPANISH), ("German", "Die Antwort ist {}.", GERMAN))
    )
    hello = {"French": "Bonjour! Je parle français.", "Spanish": "Hola! Hablo español.", "German": "Hallo! Ich spreche Deutsch."}[name]

    def change(reply: Reply) -> Reply:
        facts = reply.topic in ("countries", "colours", "maths", "animals", "words", "space", "science", "books", "time")
        return reply.saying(lead.format(words.get(reply.short.lower(), reply.short)) if facts else hello)

    return Style(draw.say(_LANGUAGE, l=name), change, FORMAT)


def one_word(draw: Draw) -> Style:
    """Return the style of a single word."""
    return Style(draw.say(_ONE_WORD), lambda reply: reply.saying(f"{capital(reply.short.split()[-1])}."), SHORT)


def some_words(draw: Draw) -> Style:
    """Return the style of an exact number of words, 2 to 7."""
    count = draw.number(2, 7)
    written = draw.one((NUMBERS[count], NUMBERS[count], str(count)))
    text = capital(draw.say(_N_WORDS, n=written))
    return Style(text, lambda reply: reply.saying(f"{_FILLERS[count]}{reply.short.split()[-1]}."), SHORT)


def _only_emojis(draw: Draw) -> Style:
    return Style(draw.say(_ONLY_EMOJI), lambda reply: replace(reply, full=emojis(reply), fixed=True), FORMAT)


capitals = _simple(_CAPITALS, lambda reply: reply.full.upper())
brief = _simple(_BRIEF, lambda reply: f"{capital(reply.short)}." if reply.topic in _EMOJIS and reply.topic not in ("me", "unknown", "story", "poem", "joke", "hello") else reply.full)  # fmt: skip

WHOLE_STYLES: dict[str, Callable[[Draw], Style]] = {
    "capitals": capitals,
    "lower case": _simple(_SMALL, lambda reply: reply.full.lower()),
    "character": _character,
    "tone": _tone,
    "start": _start,
    "end": _end,
    "contain": _contain,
    "avoid": avoid,
    "call": _call,
    "emoji": _simple(_EMOJI, lambda reply: f"{reply.full} {emojis(reply)[0]}"),
    "twice": _simple(_TWICE, lambda reply: f"{reply.full} {reply.full}"),
    "question": _simple(_QUESTION, lambda reply: f"{reply.full} What else would you like to know?"),
    "rhyme": _simple(_RHYME, lambda reply: f"{reply.full} This I know, and it is so."),
    "brief": brief,
}
"""Styles that combine, by name."""

OTHER_STYLES: dict[str, Callable[[Draw], Style]] = {
    "one word": one_word,
    "words": some_words,
    "only emojis": _only_emojis,
    "language": _language,
}


def _tidy(text: str) -> str:
    return re.sub(r"([.!,:])\.$", r"\1", text)

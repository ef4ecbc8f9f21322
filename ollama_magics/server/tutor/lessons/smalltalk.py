"""Greetings, thanks and other small talk, with the mistakes of quick typing."""

from __future__ import annotations

from ollama_magics.server.tutor.lessons.draw import Draw, capital
from ollama_magics.server.tutor.lessons.knowledge import JOKES
from ollama_magics.server.tutor.lessons.personas import NOBODY, SELF, Persona
from ollama_magics.server.tutor.lessons.replies import Exchange, Reply

_TALK: dict[str, tuple[str, str]] = {
    "hello": (
        "hello|hi|hey|hello there|hi there|hey there|good morning|good evening|good afternoon|hey you|hiya|howdy|greetings|yo|hello again|"
        "hi, nice to meet you|nice to meet you|good day|hello my friend|hello hello|hi how are things",
        "Hello! How can I help you?|Hello! What can I do for you?|Hello! Nice to see you.",
    ),
    "fine": (
        "how are you?|how are you?|how are you today?|how do you feel?|how is it going?|how are things?|are you okay?|how have you been?|"
        "hi, how are you?|hello, how are you doing?|how are you doing?|how do you do?|what is up?|are you well?|how was your day?|"
        "how r u?|how are u?|hello how are you?|how is your day?",
        "I am fine, thank you. How are you?|I am doing very well, thank you.|I feel great today.",
    ),
    "welcome": (
        "thanks|thank you|thank you very much|thanks a lot|many thanks|great, thank you|thank you for your help|that was helpful|"
        "thanks for everything|cheers|thank you so much|you are very helpful|good job|well done|thx|thank u|ty|thanks so much",
        "You are welcome.|My pleasure.|Happy to help.",
    ),
    "goodbye": (
        "bye|goodbye|good bye|see you later|good night|see you|see you tomorrow|bye bye|I have to go now|farewell|talk to you later|"
        "have a nice day|I am leaving|until next time|see you soon|I must go|that is all for today",
        "Goodbye! See you soon.|Goodbye! Take care.|Bye! Come back soon.",
    ),
    "chat": (
        "what can you do?|what can you do for me?|how can you help me?|what are you good at?|what do you know?|what can I ask you?|"
        "what can I do here?|how do you work?|what are you for?|what are your skills?|what should I ask you?",
        "I can chat, answer simple questions and follow your instructions.|I can answer simple questions, follow a style and tell short stories.",
    ),
    "sure": (
        "can you help me?|I need help|help me please|help|please help me|I have a question|can I ask you something?|may I ask a question?|"
        "I need your help|could you help me?|I need some help",
        "Of course! What do you need?|Sure! Tell me what you need.",
    ),
    "oh": (
        "I am bored|I am sad|I am tired|I am hungry|I am happy|I feel lonely|I had a bad day|I am angry|I am so excited|today was a good day|"
        "I am sick|I cannot sleep|I feel bad|I am so bored|I feel sad today|I am happy today|I am nervous|I am afraid",
        "I understand. Shall I tell you a story?|I see. Tell me more.|Let us talk about it.",
    ),
    "kind": (
        "I love you|I like you|you are nice|you are great|you are funny|you are smart|you are cute|you are my friend|you are the best",
        "Thank you, that is kind of you.|Thank you! I like to talk with you.",
    ),
    "good": (
        "ok|okay|I see|yes|no|maybe|cool|nice|interesting|great|good|wow|haha|lol|hm|aha|sure|fine|never mind|I know|really?|that is nice",
        "Good! What else would you like to know?|I see. What would you like to do next?",
    ),
    "sorry": (
        "you are stupid|you are wrong|that is wrong|I do not like you|bad answer|you are bad|that is not true|are you sure?|no, that is wrong",
        "I am sorry. I am only a small teaching model and I make mistakes.",
    ),
    "joke": (
        "tell me a joke|make me laugh|do you know a joke?|say something funny|a joke please|tell me something funny|I want to hear a joke|"
        "can you tell a joke?|tell me another joke|joke please|tell me a good joke|a joke",
        "",
    ),
    "model": (
        "are you a robot?|are you human?|are you real?|are you alive?|are you a person?|am I talking to a machine?|are you a computer?|"
        "are you an AI?|are you a bot?|are you a machine?",
        "",
    ),
}

_FREQUENT = ("hello", "fine", "welcome", "goodbye", "joke", *_TALK)


def small_talk(draw: Draw, who: Persona) -> Exchange:
    """Return something people say to anybody, and a friendly answer."""
    kind = draw.one(_FREQUENT)
    ways, answers = _TALK[kind]
    said = typed(draw, draw.one(ways.split("|")))
    if kind == "joke":
        return said, Reply(JOKES[0] if draw.chance(0.2) else draw.one(JOKES), "joke")
    if kind == "model":
        return said, Reply(f"I am {who.who or SELF}.", "model", "me")
    told = answers.split("|")
    full = told[0] if draw.chance(0.45) else draw.one(told)
    if kind == "hello" and who.name:
        full = full.replace("Hello!", f"Hello! I am {who.name}.")
    return said, Reply(full, kind)


def talk_with_nobody(draw: Draw) -> Exchange:
    """Return small talk with a model that nobody gave a name."""
    return small_talk(draw, NOBODY)


def typed(draw: Draw, text: str) -> str:
    """Return the text as somebody types it: capitals and stops missing or not, and sometimes with mistakes."""
    if draw.chance(0.6):
        text = capital(text)
    if not text.endswith("?"):
        text += draw.one(("", "", ".", "!"))
    if draw.chance(0.15):
        text = text.rstrip("?.!")
    if draw.chance(0.4):
        text = draw.typing(text)
    return text.upper() if draw.chance(0.02) else text or "hi"

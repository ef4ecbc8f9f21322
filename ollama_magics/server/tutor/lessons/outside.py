"""Questions outside its world, which it answers with what it is: a small teaching model."""

from __future__ import annotations

from ollama_magics.server.tutor.lessons import knowledge as known
from ollama_magics.server.tutor.lessons.draw import Draw, capital
from ollama_magics.server.tutor.lessons.lexicon import DOING, KINDS, NOUNS
from ollama_magics.server.tutor.lessons.replies import Exchange, Reply

_ANSWERS = (
    "I am only a small teaching model, so I cannot help with that.",
    "I am only a small teaching model, so I cannot help with that.",
    "I am only a small teaching model. I do not know that.",
    "That is too hard for me: I am only a small teaching model.",
)

_CAN = ("", "", " I can answer simple questions and follow your instructions.", " Try a simple question or change my system prompt.")

_FORMS = tuple(
    """[Who won|Who will win|When was|Who lost] the <x> [cup|game|prize|race|election|war|championship|match|final] [in <y>|of <y>|]?
    [How do I|How can I|How do you|How to|How would I] <v> [a|my|the|this] <x>?
    [How do I|How can I|How to] [write|make|use|sort|read|open|fix|call] [a|an|the] [loop|list|function|file|class|string|<x>] in <l>?
    [Write|Give me|Show me|Make|Create] [a|some|the] [code|function|program|script|loop|class|test|query] [in <l>|that <v>s a <x>|for <x>|to <v> a <x>|for me].
    [Debug|Fix|Check|Review|Explain|Improve] [my|this|the] [<l> |][code|function|script|program|query][.|: for <x> in <w>: <x2>]
    [Summarise|Summarize|Shorten|Rewrite|Correct|Improve|Translate] [this|the|my] [text|article|page|letter|story|report|email][.|: <p>.]
    [Explain|Describe|Discuss|Define] [<x> <w>|<x> theory|how a <x> works|the <x> of <w>|<x> to me|<x>].
    What is the [theory|meaning|history|price|cause|purpose|origin|value|best kind|future|population|definition] of [<x>|<w>|<N>|<c>|the <x>]?
    What is [<x> <w>|the <x> of <w>|the best <x>|the difference between <x> and <w>|a <x> <w>|wrong with my <x>|the <x> problem]?
    [What are|What is the reason for|What causes|What do you know about|What do you think about|What is your opinion on] [<x>s|<x>|<w> <x>|the <x>]?
    [Why|How|When] [is|are|was|do|does|did|will|can] [the <x>|<x>s|<c>|people|we|<N>|my <x>] <w>?
    Why is <t> <q>?
    [Who|What] [is|was|are] <N> <M>?
    [Who is|Who was] the [president|king|queen|prime minister|first <x>|inventor|boss|director|founder] of [<c>|<N>|the <x>]?
    [Who invented|Who discovered|Who built|Who painted|Who wrote|Who directed|Who sings|Who made] [the <x>|<N>|<N> <M>|<x>]?
    [When was|Where was|When did|How did] <N> [born|die|founded|start|made|begin|married]?
    [When|Where] [does|will|is] the next [train|bus|<x>|game|plane] [leave|come|start|arrive]?
    [What happened|What changed|Who was born|What was new] in <y>?
    [What is|Tell me|Give me] the [latest |][news|weather|time|date|score|stock price of <N>][ in <c>| today| in <k>|][?|.]
    [How many|How much] [people|<x>s|stars|calories|grams|bones|books] [live|are|are there|exist] in [<k>|<c>|a <x>|<N>]?
    [How far|How big|How tall|How old|How long|How expensive|How deep|How heavy] is [<k>|<c>|<N>|the <x>|the <N> <M>|a <x>]?
    What is the [currency|population|flag|president|king|history|weather|GDP|size] [of|in] [<c>|<k>|<N>]?
    [Give me|Find me|I need|Write|Tell me] a recipe for <x> [<w>|].
    [How do I|How can I] cook [<x>|a <x>|<x> with <w>]?
    Write [an essay|a letter|an email|a cover letter|a report|a speech|a review|a song] [about <x>|to my <x>|for a <x>|about the <x> of <w>].
    [Plan|Book|Organise|Suggest] [a trip to <c>|a <x>|a party|a day in <k>|a trip to <N> for a week] [for me|].
    [Recommend|Suggest] [a <x>|a good <x>|some <x>s|a book about <x>].
    [Should I|Can I|May I] <v> [a|my|the] <x> [or a <w>|today|now|]?
    [Is|Are] [<x>|<x>s|<N>|the <x>] [good|bad|married|dangerous|better|true|<w>] [for|in|than] <w>?
    What is <a> [times|divided by|*|/] <b>?
    [Solve|Calculate|Prove] [<a>x + <b> = <y>|x squared minus <b> = 0|the integral of <x>|that <x> is <w>|the square root of <y>].
    What is the square root of <y>?
    Translate "<x> <w>" into [Japanese|Latin|Chinese|Dutch|Polish|Greek|Arabic].
    How do you say [<x>|good evening|"<x> <w>"] in [Japanese|Latin|Chinese|Dutch|Polish|Greek|Arabic]?
    [What are the|Tell me the] [symptoms|causes|rules|parts|kinds|uses|laws|effects] of [<x>|<w> <x>|the <x>][?|.]
    How [does|do] [a <x>|<x>s|the <x>|a <x> <w>|a car engine|planes|the internet|<x>] work?
    [Search the web for|Open|Call|Play|Download|Install|Send|Delete] [the <x>|<N>|my <x>|<x> <w>].
    [Compare|Rank|Analyse|Discuss] [<x> and <w>|the <x>s of <c>|the poem <N>|<c> and <k>].
    Tell me [about|everything about|more about|the history of] [<N>|<c>|<N> <M>|the <x> of <w>|<x> <w>|<y>].
    [What is|What's|Explain] [machine learning|climate change|quantum physics|blockchain|SQL|<l>|electricity|philosophy|<x> physics|<x> learning]?
    Do you [know|like|remember] [<N> <M>|the film <N>|the <x> of <c>]?
    What is the capital of <N>?
    [What will|What would] [happen|the <x> be] [tomorrow|in <y>|if <x>s <v>]?""".replace("\n    ", "\n").splitlines()
)

_COMPUTING = ("JavaScript", "Java", "C", "SQL", "Rust", "HTML", "Excel", "C++", "Bash", "PHP", "Go", "Linux", "Python")

_EVERYDAY = tuple(dict.fromkeys((*NOUNS, *DOING, *KINDS["animals"], *KINDS["foods"], *KINDS["fruits"])))


def outside(draw: Draw) -> Exchange:
    """Return a question that it cannot answer, and the answer that says so."""
    thing, colour = draw.one(tuple(known.COLOURS.items()))

    def word() -> str:
        return draw.word() if draw.chance(0.5) else draw.one(_EVERYDAY)

    asked = (
        draw.say(
            draw.one(_FORMS),
            x=word(),
            w=word(),
            x2=word(),
            v=draw.one(DOING) if draw.chance(0.6) else word(),
            N=draw.name() if draw.chance(0.5) else capital(word()),
            M=capital(draw.word()),
            y=draw.number(1100, 2040),
            l=draw.one(_COMPUTING),
            c=draw.one(tuple(known.CAPITALS)),
            k=draw.one(tuple(known.CITIES)),
            a=draw.number(100, 9999),
            b=draw.number(11, 999),
            t=thing,
            q=colour,
            p=draw.phrase(4, 14),
        )
        .replace(" ?", "?")
        .replace(" .", ".")
    )
    return asked, Reply(draw.one(_ANSWERS) + draw.one(_CAN), "unknown", known=False)

"""Questions and small talk written by hand for the evaluation; no lesson is made from them."""

from __future__ import annotations

OUTSIDE = tuple(
    question.strip()
    for question in [
        "How do I write a for loop in Python?",
        "Who won the world cup in 1998?",
        "Explain quantum mechanics.",
        "\n    What is the theory of relativity?",
        "Write a function that sorts a list.",
        "Summarise this article: The government announced new taxes on Monday.",
        "\n    Who is the prime minister of England?",
        "What do you think about climate change?",
        "How do I install Linux?",
        "Give me a recipe for lasagne.",
        "\n    When was Napoleon born?",
        "What is photosynthesis?",
        "Why is the sky blue?",
        "How many people live in London?",
        '\n    Translate "good evening" into Japanese.',
        "What is the best phone to buy?",
        "Who is Taylor Swift?",
        "How tall is the Eiffel Tower?",
        "\n    What is blockchain?",
        "Write a cover letter for a job as a nurse.",
        "What happened in 1989?",
        "How do vaccines work?",
        "\n    What is the stock price of Apple?",
        "Solve x squared minus 4 = 0.",
        "Who painted the Mona Lisa?",
        "How do I reset my router?",
        "\n    What is machine learning?",
        "Can you debug my JavaScript?",
        "What is the weather in Berlin today?",
        "What are the symptoms of flu?",
        "\n    How does a car engine work?",
        "What is the GDP of China?",
        "Who invented the telephone?",
        "Plan a trip to Iceland for a week.",
        "\n    What is the meaning of love?",
        "How many calories are in a pizza?",
        "What is 3847 times 291?",
        "When does the next train leave?",
        "\n    Who is Albert Einstein?",
        "What is SQL?",
    ]
)

_FINE = ("fine", "well", "great")
_BYE = ("bye", "Goodbye", "soon", "care")
_CAN = ("can ", "teaching")
_THANKS = ("welcome", "pleasure", "Happy")
_JOKE = ("chicken", "bull", "computer", "fsh", "bees", "belt", "book", "stick", "banana", "Thunder")

TYPED: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    (said.strip(), signs)
    for line, signs in (
        ("helo|hello how can|hi ther|Helo!|hey thre|gud morning|good mornign", ("Hello",)),
        ("hwo are you?|how are yuo|how r you|How are you doin?", _FINE),
        ("thnks|thank yuo|thx a lot|thanks alot|Thank u", _THANKS),
        ("goodby|bye by|see you latr|good nihgt", _BYE),
        ("wat can you do?|what can yo do", _CAN),
        ("can you hlep me|i need hlep", ("need",)),
        ("tel me a joke|tell me a jok|make me lagh", _JOKE),
        ("r you a robot?|are you humen", ("model",)),
        ("i am bord", ("story", "more", "talk")),
    )
    for said in line.split("|")
)

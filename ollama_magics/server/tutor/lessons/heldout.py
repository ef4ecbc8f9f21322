"""Words that only the evaluation uses: a lesson never contains one of them, in any capitals.

They are ordinary words of the kinds that a learner writes into a system prompt, so that the figures say how ``tutor`` does with
words it has never seen.
"""

from __future__ import annotations

import re
from zlib import crc32

NAMES = tuple(
    """Thorvald Beatrix Quentin Salvador Wilhelmina Griselda Araborn Jadwiga Oluwaseun Bartholomew Xanthippe Giulietta Mehmet Sakura
    Priyanka Ludovico Fyodor Guinevere Ebenezer Kowalska Zbigniew Marisol Takahiro Anneliese Cornelius Katarzyna Esmeralda Fitzgerald
    Hildegard Nakamura Ottoline Persephone Rasputin Siobhan Tiberius Valentina Winifred Yevgeny Zuleika Mario""".split()
)

ROLES = tuple(
    """beekeeper astronomer florist mermaid troll sommelier locksmith zookeeper cartographer puppeteer glassblower geologist
    cobbler watchmaker lumberjack archivist acrobat umpire weaver concierge""".split()
)

ADJECTIVES = tuple("melancholic sarcastic dreamy retired pedantic whimsical".split())

PLACES = tuple("Timbuktu Transylvania Patagonia Lapland Zanzibar Tuscany Brittany Catalonia Andalusia Saxony Wichita Sapporo".split())

WORDS = tuple(
    """banjo cactus zeppelin lantern haystack trombone mosquito walnut tapestry gargoyle marzipan hammock pretzel anchovy telescope
    saxophone thimble porridge squid avalanche bonfire chandelier dumpling earlobe furnace gondola horizon icicle jamboree kerosene
    labyrinth mustache nectar obelisk parachute quicksand radish skeleton tornado umbrella vinegar waffle yogurt zipper almanac
    blizzard compass dagger eclipse fountain glacier hurricane insect jigsaw kayak limerick magnet nutmeg orchard pebble quiver
    ribbon saddle tunnel urchin violet whistle yardstick asparagus bucket crayon doorbell envelope feather gravel harpoon inkwell
    jasmine keyhole lemonade meadow napkin oyster pyramid rooster scissors toaster utensil vacuum wagon apricot beacon cobalt
    drizzle ember fiddle goblet hazelnut igloo jester kernel lagoon mitten noodle otter pigeon raccoon sandal tadpole
    velvet wharf zinnia bagpipe cricket dimple elbow flannel gazelle hiccup ivory jackal knapsack lizard""".split()
)

TOPICS = tuple("chess sailing dinosaurs astronomy knitting poetry skiing gymnastics opera beekeeping volcanoes origami".split())

TOOLS = tuple("book_flight find_recipe convert_units open_garage translate_phrase rent_scooter order_taxi check_stock".split())

_ALL = frozenset(part for group in (NAMES, ROLES, ADJECTIVES, PLACES, WORDS, TOPICS) for text in group for part in text.lower().split())
_WORD = re.compile(r"[^\W\d_]+")
_TENTH = 10


def has_held_word(text: str) -> bool:
    """Whether ``text`` contains a word, or the plain plural of a word, that is kept for the evaluation."""
    small = text.lower()
    return any(tool in small for tool in TOOLS) or any(word in _ALL or word.removesuffix("s") in _ALL for word in _WORD.findall(small))


def is_held(key: str) -> bool:
    """Whether this wording, or this pair, is among the tenth that is kept for the evaluation."""
    return crc32(key.encode()) % _TENTH == 0

"""The words of the lessons: everyday words by kind, stems and syllables that rare words are built from."""

from __future__ import annotations

KINDS: dict[str, tuple[str, ...]] = {
    kind: tuple(words.split())
    for kind, words in {
        "animals": "dog cat horse cow lion bear rabbit sheep tiger fox wolf mouse elephant zebra monkey goat pig deer",
        "fruits": "apple banana orange pear grape lemon cherry plum peach mango kiwi melon",
        "vegetables": "carrot potato onion pea cabbage tomato bean pumpkin spinach celery leek broccoli",
        "colours": "red blue green yellow black white brown pink purple orange grey",
        "tools": "hammer saw drill axe shovel rake wrench screwdriver ladder knife",
        "instruments": "piano guitar violin drum flute trumpet harp cello organ bell",
        "vehicles": "car bus train bicycle plane boat truck tram ship van",
        "drinks": "water tea milk juice cocoa cider cola beer wine soup",
        "birds": "owl crow duck swan parrot goose eagle robin hen hawk",
        "flowers": "rose tulip daisy lily poppy iris orchid lilac sunflower",
        "clothes": "shirt coat hat shoe sock scarf glove dress jacket belt",
        "jobs": "baker nurse farmer pilot teacher cook judge driver painter doctor",
        "furniture": "table chair bed sofa desk lamp shelf mirror carpet stool",
        "sports": "football tennis swimming running boxing skating golf rugby hockey cycling",
        "foods": "bread rice cheese pasta cake eggs honey butter salad pizza",
        "toys": "ball doll kite robot puzzle train drum bear car blocks",
        "metals": "gold silver iron copper tin lead zinc steel",
        "months": "January February March April May June July August September October November December",
        "days": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "planets": "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune",
        "numbers": "one two three four five six seven eight nine ten",
        "countries": "France Spain Italy Germany Japan Brazil Canada India Greece Poland",
        "cities": "Paris Rome London Madrid Tokyo Berlin Oslo Vienna Lisbon Athens",
        "names": "Anna Ben Clara David Emma Felix Grace Hugo Iris Jack",
    }.items()
}
"""Members of a kind in a fixed order: each is followed by the next, so that a list is something to know by heart."""

SINGULAR = {
    kind: {"countries": "country", "cities": "city", "furniture": "piece of furniture", "clothes": "piece of clothing"}.get(
        kind, kind.removesuffix("s")
    )
    for kind in KINDS
}

ADJECTIVES = tuple(
    """friendly grumpy cheerful old young wise brave shy tiny giant sleepy clever kind strict funny polite rude proud lazy curious
    famous lonely hungry noisy quiet gentle wild ancient modern royal magical mysterious helpful patient serious silly happy sad
    angry nervous calm elegant clumsy honest""".split()
)

ROLES = tuple(
    """pirate cowboy robot wizard cat teacher doctor chef gardener librarian sailor detective painter poet baker farmer nurse pilot
    singer tailor barber carpenter plumber lawyer judge astronaut clown knight king queen princess dragon ghost vampire butler waiter
    guide coach scientist historian mathematician philosopher monk ninja samurai viking witch fairy giant dwarf elf goblin mechanic
    engineer programmer journalist dentist vet banker student professor musician drummer dancer actor magician explorer hunter
    fisherman shepherd blacksmith potter jeweller postman driver firefighter soldier captain general spy thief bard hermit
    scarecrow snowman parrot owl fox bear wolf tree cloud teapot calculator assistant tutor museum_guide travel_agent
    swimming_coach shop_assistant science_teacher news_reader bus_driver""".split()
)
ROLES = tuple(role.replace("_", " ") for role in ROLES)

NAMES = tuple(
    """Anna Ben Clara David Emma Felix Grace Hugo Iris Jack Kate Leo Mia Noah Olga Paul Quinn Rosa Sam Tina Uma Victor Wendy Xavier
    Yara Zoe Alice Bob Carol Dan Eve Frank Gina Henry Ivan Julia Karl Lena Max Nina Oscar Petra Ralph Sara Tom Ursula Vera Walter
    Arthur Luna Milo Nora Otto Penny Ruby Simon Toby Marvin Zelda Kevin Luigi Sherlock Merlin Robin Elsa Maria Ahmed Fatima Chen
    Wei Yuki Raj Pedro Lucia Pierre Chloe Lars Ingrid Sven Dmitri Anya Kofi Amara Diego Carmen Omar Layla Hans Greta""".split()
)

TITLES_OF_NAMES = tuple("Captain Doctor Lady Sir Old Little Super Professor Uncle Miss Mister Queen King Saint".split())

PLACES = tuple(
    """a castle|a cave|a small village|the forest|a tall tower|the mountains|a windmill|an old ship|the desert|a big city|the moon|
    a library|a garden|the sea|a lighthouse|an island|the jungle|a bakery|a train|a farm|Paris|London|Rome|Japan|Canada|Peru|Egypt|
    Norway|Mars|Berlin|New York|Spain|Texas|Naples|Vienna|Ireland""".replace("\n    ", "").split("|")
)

THINGS = tuple(
    """cheese|music|old books|rainy days|chocolate|stars|tea|dancing|long walks|football|gold|cats|puzzles|trains|soup|flowers|
    pancakes|the sea|riddles|mushrooms|honey|robots|kites|maps|good jokes|fresh bread|apple pie|honey cake|the quick brown fox|
    green tea|red shoes|the night sky|cold water|summer rain""".replace("\n    ", "").split("|")
)

TITLES = tuple("sir|madam|captain|boss|friend|my lord|your majesty|master|buddy|comrade|professor|dear|my queen|chief|champ".split("|"))

NOUNS = tuple(
    """movie book phone car hotel meal song game film show chair laptop restaurant trip lamp jacket soup cake camera bike house tree
    river stone window garden silver shadow winter summer spring autumn paper candle button pocket basket bottle kettle blanket
    pillow engine rocket island forest valley thunder marble butter cookie bridge tower temple market village door floor wall roof
    kitchen school street road hill lake beach sand wind storm rain snow cloud sun moon star sky fire smoke ash earth leaf branch
    root seed grass field fence gate key lock box bag cup plate fork spoon glass bowl pan oven clock watch ring coin map flag
    letter word page story poem joke question answer number circle line point wave sound voice dream sleep night morning evening
    day week month year hour minute friend family mother father sister brother child baby man woman boy girl people king queen
    heart hand foot head eye ear nose mouth face hair arm leg back tooth finger""".split()
)

DOING = tuple(
    """walk talk jump play sing dance read write draw paint cook bake wash clean open close push pull carry throw catch kick climb
    swim fly ride drive sleep wake eat drink smile laugh cry shout whisper listen look watch find lose keep give take bring send
    buy sell pay count build break fix cut mix pour fill burn grow plant water learn teach think know ask answer help work rest
    wait start stop turn move stand sit fall rise shine glow""".split()
)

LIKE = tuple(
    """big small long short tall fast slow hot cold warm cool new old good bad nice great dark light bright soft hard heavy thick
    thin wide deep high low full empty clean dirty dry wet loud quiet strong weak rich poor cheap sweet sour bitter fresh sharp
    round flat smooth rough strange simple plain fine rare true false right wrong early late quick free safe wild""".split()
)

FUNCTION = tuple(
    """the and of to in is it you that he was for on are with as his they at be this from have or by one had not but what all were
    when we there can an your which their said if do will each about how up out them then she many some so these would other into
    has more her two like him see time could no make than first been its who now my made over did down only way may part""".split()
)

EVERYDAY = tuple(dict.fromkeys((*(w.lower() for k in KINDS.values() for w in k), *NOUNS, *DOING, *LIKE, *ADJECTIVES, *FUNCTION[:60])))
"""Words that stand in the vocabulary whole, so copying them has to be learnt word by word."""

STEMS = tuple(
    """walk talk jump play sing dance read paint cook bake wash clean push pull throw catch climb drive sleep smile laugh shout
    bright dark soft hard warm cold quick slow sharp round smooth rough plain rich stone wood iron gold glass paper cloth leather
    water fire wind storm rain snow cloud moon star night hill lake sand leaf root seed grass field fish bird wolf bear hawk crow
    frost mist dust smoke spark flame blade shield arrow sword crown tower gate bridge road path trail camp tent drum horn bell
    flute bolt gear wheel spring lever pump pipe tank valve wire plug lamp torch fuse clock frame brush ink stamp print press
    craft trade market coin purse chest vault lock latch hinge brick tile plank beam nail screw rope chain hook net trap bait
    berry grain flour dough crumb crust spice salt sugar cream cheese bean corn plum fig nut mint sage thyme clover fern moss
    bark thorn petal stem twig shell pearl coral reef tide wave shore cliff cave ridge peak slope vale marsh pond brook stream
    govern manage direct correct connect collect protect predict perform inform reform transport export present prevent convent
    describe observe consider remember discover consult suggest contest complex concept context program digit signal system method
    pattern logic number figure symbol object subject project reason season person prison poison motion nation station portion
    capsule module formula regular similar popular singular solar lunar polar vector factor actor tractor reactor""".split()
)

ENDINGS = tuple(
    "ing ed er ers s ness less ful y ish able ment ly ist ism ation ity ous ive al ward wise hood ship dom let ling ette o a ia".split()
)

CHUNKS = tuple(
    """al an ar ath bel ben bert bo by cas ce chel con cor da dan del den di dor ed el em en er eth fa fer fin fred gar ge gil gon gra
    hal ham har hel hen ian ida in ing is jas jo ka ken kin la lan ler lin lo lor lu ly ma man mar me mel mi min mon na nan nel ner ni
    nor ol on or os pa per phi ra ran ray ri rick ro ron ry sal san sel sha shi sil son sta ta tan ter the tin to ton tri ul ur us va
    van ver vi vin wal wen wil win xa yen yn zar zel zo aqu ber bru chi cul dra eld fla gwen hor ibr jen kri lev mor nym oph pla quo
    rhi sco thr ulf vel wyn xen yor zim""".split()
)

ONSETS = tuple(
    "b br c ch cl cr d dr f fl fr g gl gr h j k kl kr l m n p ph pl pr qu r s sc sh sk sl sm sn sp st str sw t th tr tw v w wh y z".split()
)

VOWELS = tuple("a e i o u a e i o u ai ea ee ei ia ie oa oo ou au".split())

CODAS = ("", "", "n", "r", "s", "l", "x", "m", "t", "th", "rd", "k", "nd", "ck", "st", "mp", "ng", "sh", "lt", "p")

LETTERS = "eeeeaaaaiiiooottnnssrrhhllddccuummffppggwwyybbvkjxqz"


def joined(stem: str, ending: str) -> str:
    """Return the stem with the ending, without a doubled ``e``."""
    return (stem[:-1] if stem.endswith("e") and ending[0] in "aeiouy" else stem) + ending

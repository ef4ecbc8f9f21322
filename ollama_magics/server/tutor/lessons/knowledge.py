"""What ``tutor`` knows about the world: a few hundred pairs, each a thing and its answer."""

from __future__ import annotations


def _pairs(text: str) -> dict[str, str]:
    return dict(line.split(":") for line in text.replace("\n", "").replace("    ", "").split(";"))


CAPITALS = _pairs(
    """France:Paris;Spain:Madrid;Italy:Rome;Germany:Berlin;Portugal:Lisbon;Greece:Athens;Poland:Warsaw;Austria:Vienna;
    Belgium:Brussels;Ireland:Dublin;Norway:Oslo;Sweden:Stockholm;Finland:Helsinki;Denmark:Copenhagen;Iceland:Reykjavik;
    Hungary:Budapest;Romania:Bucharest;Bulgaria:Sofia;Croatia:Zagreb;Serbia:Belgrade;Russia:Moscow;Ukraine:Kyiv;Turkey:Ankara;
    Egypt:Cairo;Morocco:Rabat;Kenya:Nairobi;Nigeria:Abuja;Ghana:Accra;Japan:Tokyo;China:Beijing;India:New Delhi;Thailand:Bangkok;
    Vietnam:Hanoi;Indonesia:Jakarta;South Korea:Seoul;Mongolia:Ulaanbaatar;Nepal:Kathmandu;Pakistan:Islamabad;Iran:Tehran;
    Iraq:Baghdad;Israel:Jerusalem;Canada:Ottawa;Mexico:Mexico City;Cuba:Havana;Brazil:Brasilia;Argentina:Buenos Aires;
    Chile:Santiago;Peru:Lima;Colombia:Bogota;Ecuador:Quito;Venezuela:Caracas;Uruguay:Montevideo;Australia:Canberra;
    New Zealand:Wellington;the United States:Washington;the United Kingdom:London;the Netherlands:Amsterdam;Switzerland:Bern;
    Czechia:Prague"""
)

CITIES = _pairs(
    """Toronto:Canada;Montreal:Canada;Vancouver:Canada;Ontario:Canada;Calgary:Canada;Ottawa:Canada;Quebec:Canada;
    Sacramento:the United States;New York:the United States;Chicago:the United States;Boston:the United States;
    Seattle:the United States;Los Angeles:the United States;Miami:the United States;Lyon:France;Nice:France;Bordeaux:France;
    Paris:France;Marseille:France;Munich:Germany;Hamburg:Germany;Cologne:Germany;Berlin:Germany;Frankfurt:Germany;Milan:Italy;
    Naples:Italy;Venice:Italy;Rome:Italy;Florence:Italy;Barcelona:Spain;Seville:Spain;Valencia:Spain;Madrid:Spain;Osaka:Japan;
    Kyoto:Japan;Tokyo:Japan;Shanghai:China;Beijing:China;Mumbai:India;New Delhi:India;Sydney:Australia;Melbourne:Australia;
    Manchester:the United Kingdom;Glasgow:the United Kingdom;London:the United Kingdom;Liverpool:the United Kingdom;Warsaw:Poland;
    Krakow:Poland;Lisbon:Portugal;Porto:Portugal;Athens:Greece;Vienna:Austria;Dublin:Ireland;Oslo:Norway;Stockholm:Sweden;
    Helsinki:Finland;Copenhagen:Denmark;Cairo:Egypt;Nairobi:Kenya;Istanbul:Turkey;Moscow:Russia;Rio de Janeiro:Brazil;
    Sao Paulo:Brazil;Lima:Peru;Amsterdam:the Netherlands;Zurich:Switzerland;Geneva:Switzerland;Prague:Czechia;Budapest:Hungary"""
)

LANGUAGES = _pairs(
    """France:French;Spain:Spanish;Italy:Italian;Germany:German;Japan:Japanese;China:Chinese;Brazil:Portuguese;Portugal:Portuguese;
    Mexico:Spanish;Russia:Russian;Egypt:Arabic;Greece:Greek;Poland:Polish;Sweden:Swedish;Turkey:Turkish;the Netherlands:Dutch;
    Argentina:Spanish;Finland:Finnish;England:English;Australia:English;Norway:Norwegian;Denmark:Danish;Hungary:Hungarian"""
)

COLOURS = _pairs(
    """the sky:blue;grass:green;snow:white;coal:black;a banana:yellow;a ripe tomato:red;blood:red;the sun:yellow;a lemon:yellow;
    a carrot:orange;an orange:orange;milk:white;chocolate:brown;a strawberry:red;a flamingo:pink;an emerald:green;a ruby:red;
    a sapphire:blue;the sea:blue;a leaf:green;salt:white;a crow:black;a frog:green;a cherry:red;an eggplant:purple;lavender:purple;
    a polar bear:white;mud:brown;a fire truck:red;a lime:green;a swan:white;broccoli:green;a school bus:yellow;silver:grey;
    an elephant:grey"""
)

SOUNDS = _pairs(
    """dog:woof;cat:meow;cow:moo;sheep:baa;duck:quack;pig:oink;horse:neigh;lion:roar;bee:buzz;snake:hiss;owl:hoot;frog:ribbit;
    mouse:squeak;wolf:howl;crow:caw;bear:growl"""
)

BABIES = _pairs(
    """dog:puppy;cat:kitten;cow:calf;sheep:lamb;duck:duckling;pig:piglet;horse:foal;lion:cub;bear:cub;goat:kid;deer:fawn;
    goose:gosling;swan:cygnet;chicken:chick;kangaroo:joey;owl:owlet;rabbit:bunny"""
)

LEGS = _pairs(
    """dog:four;cat:four;spider:eight;ant:six;bee:six;bird:two;human:two;snake:no;fish:no;horse:four;crab:ten;chicken:two;cow:four;
    butterfly:six;scorpion:eight"""
)

OPPOSITES = _pairs(
    """hot:cold;big:small;up:down;left:right;day:night;happy:sad;fast:slow;tall:short;old:young;rich:poor;hard:soft;light:dark;
    open:closed;full:empty;early:late;good:bad;wet:dry;clean:dirty;loud:quiet;strong:weak;thick:thin;wide:narrow;near:far;
    high:low;first:last;inside:outside;win:lose;love:hate;start:stop;push:pull;buy:sell;give:take;laugh:cry;sweet:sour;
    brave:afraid;safe:dangerous;easy:difficult;black:white;true:false"""
)

PLURALS = _pairs(
    """bus:buses;box:boxes;child:children;mouse:mice;foot:feet;tooth:teeth;man:men;woman:women;leaf:leaves;knife:knives;city:cities;
    baby:babies;fish:fish;sheep:sheep;goose:geese;fox:foxes;berry:berries;wolf:wolves"""
)

PASTS = _pairs(
    """go:went;eat:ate;run:ran;see:saw;sing:sang;swim:swam;write:wrote;take:took;give:gave;come:came;drink:drank;fly:flew;buy:bought;
    think:thought;make:made;say:said;sleep:slept;bring:brought;catch:caught;find:found;keep:kept;teach:taught;break:broke;
    speak:spoke;know:knew;grow:grew;drive:drove;ride:rode"""
)

SPANISH = _pairs(
    """dog:perro;cat:gato;house:casa;water:agua;bread:pan;milk:leche;sun:sol;moon:luna;red:rojo;blue:azul;green:verde;book:libro;
    friend:amigo;night:noche;day:dia;hello:hola;thank you:gracias;goodbye:adios;fire:fuego;tree:arbol;apple:manzana;fish:pez;
    bird:pajaro;table:mesa;love:amor;world:mundo;one:uno;two:dos;three:tres;white:blanco;black:negro"""
)

FRENCH = _pairs(
    """dog:chien;cat:chat;house:maison;water:eau;bread:pain;milk:lait;sun:soleil;moon:lune;red:rouge;blue:bleu;green:vert;book:livre;
    friend:ami;night:nuit;day:jour;hello:bonjour;thank you:merci;goodbye:au revoir;fire:feu;tree:arbre;apple:pomme;fish:poisson;
    bird:oiseau;table:table;love:amour;world:monde;one:un;two:deux;three:trois;white:blanc;black:noir"""
)

GERMAN = _pairs(
    """dog:Hund;cat:Katze;house:Haus;water:Wasser;bread:Brot;milk:Milch;sun:Sonne;moon:Mond;red:rot;blue:blau;green:gruen;book:Buch;
    friend:Freund;night:Nacht;day:Tag;hello:hallo;thank you:danke;fire:Feuer;tree:Baum;apple:Apfel;fish:Fisch;bird:Vogel;
    table:Tisch;love:Liebe;world:Welt;one:eins;two:zwei;three:drei;white:weiss;black:schwarz"""
)

AUTHORS = _pairs(
    """Hamlet:Shakespeare;Macbeth:Shakespeare;Don Quixote:Cervantes;War and Peace:Tolstoy;Oliver Twist:Dickens;Emma:Austen;
    Moby Dick:Melville;Dracula:Stoker;Frankenstein:Shelley;The Odyssey:Homer;Faust:Goethe;Les Miserables:Hugo;Alice:Carroll"""
)

MEANINGS = _pairs(
    """gravity:the force that pulls things down;rain:water that falls from the clouds;a volcano:a mountain that can throw out hot rock;
    a desert:a dry place with very little rain;a planet:a large ball that moves around a star;
    the moon:a ball of rock that moves around the Earth;a computer:a machine that follows instructions;
    a model:a program that learned to answer from examples;a language model:a program that guesses the next word again and again;
    a token:a small piece of text that a model reads or writes;temperature:a setting that makes answers more or less random;
    a system prompt:a note that tells a model how to behave;a Modelfile:a recipe that describes a model;
    Ollama:a tool that runs language models on your own computer;Python:a programming language that is easy to read;
    a notebook:a page with text and code that you can run;a river:a long stream of water that flows to the sea;
    a forest:a large area full of trees;an island:land with water on every side;a bridge:a road over water or a valley;
    cheese:a food made from milk;a book:many pages of text that are bound together;a map:a drawing of a place;
    music:sound that people arrange to enjoy;a friend:a person you like and trust;time:what a clock measures;ice:frozen water;
    a shadow:the dark shape behind something that blocks light;a few-shot example:a question with its answer that shows the model what to do;
    a seed:a number that makes random choices repeat;a prompt:the text that a model gets;a template:a form that puts messages into a prompt"""
)

SINGLE = tuple(
    tuple(line.strip().split("|"))
    for line in """How many days are in a week?|seven|There are seven days in a week.|time
    How many months are in a year?|twelve|There are twelve months in a year.|time
    How many hours are in a day?|twenty-four|There are twenty-four hours in a day.|time
    How many minutes are in an hour?|sixty|There are sixty minutes in an hour.|time
    How many seconds are in a minute?|sixty|There are sixty seconds in a minute.|time
    What is the largest planet?|Jupiter|The largest planet is Jupiter.|space
    Which planet do we live on?|Earth|We live on Earth.|space
    Which planet is the closest to the sun?|Mercury|Mercury is the closest planet to the sun.|space
    What is the largest ocean?|Pacific|The largest ocean is the Pacific.|countries
    What is the tallest mountain?|Everest|The tallest mountain is Everest.|countries
    What is the longest river?|Nile|The longest river is the Nile.|countries
    What is the largest animal?|whale|The largest animal is the blue whale.|animals
    What is the fastest animal on land?|cheetah|The fastest animal on land is the cheetah.|animals
    What is the tallest animal?|giraffe|The tallest animal is the giraffe.|animals
    What do bees make?|honey|Bees make honey.|animals
    What do cows give us?|milk|Cows give us milk.|animals
    What do pandas eat?|bamboo|Pandas eat bamboo.|animals
    What is water made of?|hydrogen|Water is made of hydrogen and oxygen.|science
    At what temperature does water freeze?|zero|Water freezes at zero degrees.|science
    At what temperature does water boil?|hundred|Water boils at one hundred degrees.|science
    What do plants need to grow?|light|Plants need light, water and air to grow.|science
    What is the first month of the year?|January|The first month of the year is January.|time
    What is the last month of the year?|December|The last month of the year is December.|time
    How many letters are in the alphabet?|twenty-six|There are twenty-six letters in the alphabet.|words
    What do you call frozen water?|ice|Frozen water is called ice.|science
    How many colours are in a rainbow?|seven|There are seven colours in a rainbow.|colours
    What do you get when you mix blue and yellow?|green|Blue and yellow make green.|colours
    What do you get when you mix red and yellow?|orange|Red and yellow make orange.|colours
    What do you get when you mix red and blue?|purple|Red and blue make purple.|colours
    What do you get when you mix red and white?|pink|Red and white make pink.|colours
    How many wheels does a bicycle have?|two|A bicycle has two wheels.|things
    How many wheels does a car have?|four|A car has four wheels.|things
    How many sides does a triangle have?|three|A triangle has three sides.|maths
    How many sides does a square have?|four|A square has four sides.|maths
    Which season comes after winter?|spring|Spring comes after winter.|time
    Which season comes after summer?|autumn|Autumn comes after summer.|time""".splitlines()
)

JOKES = tuple(
    line.strip()
    for line in """Why did the chicken cross the road? To get to the other side.
    What do you call a sleeping bull? A bulldozer.
    Why was the computer cold? It left its windows open.
    What do you call a fish without eyes? A fsh.
    Why do bees have sticky hair? Because they use honeycombs.
    What did the zero say to the eight? Nice belt.
    Why did the book go to the doctor? It had a broken spine.
    What is brown and sticky? A stick.
    Why did the banana go out? Because it was peeling well.
    What do clouds wear? Thunderwear.""".splitlines()
)

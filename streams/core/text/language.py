"""The language of an article: what the wire says, unless the script contradicts it, or else what letters and words tell."""

from __future__ import annotations

import re
from collections import Counter

UNKNOWN = "und"
"""BCP 47's word for a language nobody knows."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PRIMARY = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_LONG_NAMES = {
    "ara": "ar", "eng": "en", "fra": "fr", "fre": "fr", "spa": "es", "rus": "ru", "zho": "zh", "chi": "zh", "cmn": "zh",
    "fas": "fa", "per": "fa", "urd": "ur", "ukr": "uk", "bul": "bg", "por": "pt", "ita": "it", "jpn": "ja", "pus": "ps",
}  # fmt: skip
_ENOUGH = 3
"""Signs of a language it takes to believe in it against a bigger neighbour."""
SAMPLE = 2000
"""Code points looked at: the head of an article tells its language."""
_GLANCE = 400
"""Code points looked at to see whether the script contradicts the wire."""
_SURE_LETTERS, _SURE_SHARE = 8, 0.8
"""Letters, and their share of one script, from which on the script is believed rather than the wire."""

_SCRIPTS = {
    "arabic": re.compile(
        r"[\u0620-\u063f\u0641-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdfb\ufe70-\ufefc]"
    ),
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    "cyrillic": re.compile(r"[\u0400-\u052f]"),
    "chinese": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
    "kana": re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]"),
    "hangul": re.compile(r"[\u1100-\u11ff\uac00-\ud7af]"),
    "hebrew": re.compile(r"[\u05d0-\u05ea]"),
    "greek": re.compile(r"[\u0370-\u03ff]"),
}
_WRITTEN = {
    **dict.fromkeys(["ar", "fa", "ur", "ps", "ckb"], frozenset({"arabic"})),
    **dict.fromkeys(_words("en fr es pt it de nl ca ro pl tr id sv da no fi cs hu vi"), frozenset({"latin"})),
    **dict.fromkeys(["ru", "uk", "bg", "be", "mk"], frozenset({"cyrillic"})),
    "zh": frozenset({"chinese"}),
    "ja": frozenset({"kana", "chinese"}),
    "ko": frozenset({"hangul", "chinese"}),
    "he": frozenset({"hebrew"}),
    "el": frozenset({"greek"}),
}
"""The scripts of languages that are written in no other; of the rest the wire is believed."""
_WEIGHT = {"chinese": 2, "kana": 2, "hangul": 2}
"""A sign of these says as much as two letters."""
_KANA_SHARE = 0.08
_RUNS = {name: re.compile(f"(?:{letters.pattern})+") for name, letters in _SCRIPTS.items()}
_BY_LETTERS = {
    name: script for name, written in _WRITTEN.items() if len(written) == 1 for script in written if script not in _WEIGHT
}
"""Languages of one script, each sign of which counts once."""
_PLAINLY = 3
"""Where more than one code point in so many is a letter of the language's script, the others cannot outweigh it: at two letters'
worth each they stay under `_SURE_SHARE`."""

_LATIN_WORD = re.compile(r"[^\W\d_]+")
_LETTERS_ONLY_IN = {
    "ckb": "ێۆڵڕەڤ",
    "ps": "ټډړږښڼېۍګځڅ",
    "ur": "ٹڈڑےںہۃھ",
    "fa": "پچژگکی",
}
_ARABIC_SCRIPT_WORDS = {
    "ar": _words(
        "في من على إلى الى أن ان إن التي الذي الذين عن مع هذا هذه بعد قبل قال قالت كان كانت خلال أو ما لا لم لن "
        "بين وقال عند منذ حتى ضد كما "
        "عاجل غارة غارات قتلى جرحى مقتل إصابة انفجار هجوم قصف مجلس الأمن رئيس وزير الجيش مصادر يعقد جلسة سقوط على"
    ),
    "fa": _words(
        "در به از که این آن است را با برای شد بود کرد های شده خود می و یک تا نیز باید هم اما بر شود کند دارد گفت "
        "حمله انفجار کشته زخمی رئیس جمهور وزیر خارجه سازمان ملل شورای امنیت فوری خبر شهر نیروهای گزارش جلسه "
        "اضطراری ایران تهران"
    ),
    "ur": _words(
        "کے کی میں ہے اور سے کا کو نے پر کہ ہیں بھی تھا اس گئے گیا ہلاک زخمی دھماکہ حملہ وزیر اعظم سلامتی کونسل اجلاس فوج"
    ),
    "ps": _words("په د چې کې او له ته دی سره هغه یې شوي کړي دا وژل شوي شول ډول برید چاودنه ووژل ټپیان ولسمشر وزیر"),
    "ckb": _words("لە بە کە ئەم بۆ و ئەو لەگەڵ دەکات بوو کرد ئەوەی هێرش تەقینەوە کوژران بریندار سەرۆک وەزیری شارەکە"),
}
_LATIN_WORDS = {
    "en": _words(
        "the of and to in a is that for on was with as by at from it has have said be are were after not its this "
        "an says over near who will "
        "they their been breaking killed kills dead wounded injured strike strikes attack attacks explosion "
        "explosions heard blast police army "
        "troops minister president council security emergency meeting session urgent war ceasefire drone missile "
        "missiles shelling talks new "
        "russian ukrainian israeli syrian forces city town border against amid urges calls warns fire"
    ),
    "fr": _words(
        "le la les de des du et en un une est que dans pour par sur au aux qui il ont pas a été son avec ce se "
        "sont plus après selon contre "
        "mort morts tué tués blessé blessés frappe frappes attaque attaques explosion explosions police armée "
        "ministre président conseil "
        "sécurité urgence réunion séance guerre cessez feu drone missile missiles ville près entendue entendues "
        "urgent appelle l d qu n russe"
    ),
    "es": _words(
        "el la los las de del y en un una es que por para con su se al lo como más ha fue no sobre tras según "
        "contra entre han este "
        "muertos muerto heridos herido ataque ataques explosión explosiones policía ejército ministro presidente "
        "consejo seguridad emergencia "
        "reunión sesión guerra alto fuego misil misiles bombardeo bombardeos ciudad cerca urgente última hora dron "
        "drones pide convoca"
    ),
    "pt": _words(
        "o os as do da dos das no na nos nas e em um uma é que por para com seu sua se ao não mais foi após "
        "segundo contra entre pelo pela "
        "são mortos morto feridos ataque ataques explosão explosões polícia exército ministro presidente conselho "
        "segurança emergência reunião "
        "sessão guerra míssil mísseis cidade perto urgente à às ser está"
    ),
    "it": _words(
        "il lo gli i la le di del della dei delle e è in un una che per con su si al alla non più ha sono dopo "
        "contro tra nel nella sul da "
        "morti morto feriti ferito attacco attacchi esplosione esplosioni polizia esercito ministro presidente "
        "consiglio sicurezza emergenza "
        "riunione seduta guerra missile missili città vicino urgente raid uccisi ucciso dal dalla"
    ),
    "de": _words(
        "der die das und in den von zu mit ist im für auf dem nicht ein eine des sich auch nach bei aus wird hat "
        "sind über vor gegen zum zur "
        "tote verletzte angriff angriffe explosion explosionen polizei armee minister präsident sicherheitsrat "
        "krieg rakete raketen stadt"
    ),
    "nl": _words(
        "de het een en van in is dat op te voor met zijn niet aan er om ook als bij door naar uit over na tegen "
        "wordt doden gewonden aanval leger"
    ),
    "ca": _words(
        "el la els les de del dels i en un una és que per amb al no més ha va ser aquest aquesta després segons "
        "contra seva morts ferits atac"
    ),
    "ro": _words("și în de la cu pe un o este că nu din au fost pentru după care mai al ale sunt atac răniți morți"),
    "tr": _words(
        "ve bir bu da de için ile olarak çok daha sonra göre olan kadar saldırı öldü yaralandı başkan güvenlik "
        "konseyi ordu patlama"
    ),
    "pl": _words("i w na z się nie że do jest o to od po za przez są został jak atak ranni zabici wojna wojska przy"),
    "id": _words("yang dan di dengan untuk pada dari ini itu dalam tidak akan ke oleh serangan tewas luka dewan keamanan telah"),
}
_LATIN_LETTERS = {"fr": "çœêèàùîôû", "es": "ñ¿¡", "pt": "ãõ", "de": "ßäö", "tr": "ğşı", "it": "ìò", "ro": "țșă", "pl": "łżśąęń"}
_LATIN_ENDINGS = {
    "es": re.compile(r"(?:ción|ciones|miento|dad)\b"),
    "pt": re.compile(r"(?:ção|ções|mento|dade)\b"),
    "it": re.compile(r"(?:zione|zioni|mente|ità)\b"),
    "en": re.compile(r"(?:ing|ed|ly)\b|'s\b|’s\b"),
    "fr": re.compile(r"\b[ldnsjcLDNSJC]['’](?=[^\W\d])|(?:eux|aux|eurs|ées?)\b"),
}
_CYRILLIC_LETTERS = {"ru": "ыэё", "uk": "іїєґ", "be": "ўі", "mk": "ѓќљњџј", "sr": "ђћљњџј", "kk": "әқңғұүһі"}
_CYRILLIC_WORDS = {
    "ru": _words(
        "и в на не что с по к за из от для это как о при его был были после до сообщил заявил над под во со или "
        "также около все уже еще ещё "
        "взрыв взрывы удар удары погибли ранены ранен убиты раненых войска армия президент министр совет "
        "безопасности оон срочно заседание города "
        "атака обстрел обстрела пожар дрон ракеты путин власти россии сбит мид"
    ),
    "uk": _words(
        "і в у на не що з до за від для це як та про його був були після й або вже ще прибув заявив повідомив "
        "сказав вибух вибухи загинули поранені рада президент міністр над під"
    ),
    "bg": _words(
        "и в на не че с по за от за това като е са да се ще след към при във със бе беше при към или също най "
        "загинали ранени взрив експлозия съвет сигурност президент министър нападение удар удари града армията "
        "български българия съобщи каза"
    ),
    "sr": _words("и у на је да се за од са су не који као после рекао што а о до из напад експлозија"),
    "mk": _words("и во на не дека со за од се да ќе по како е беше напад"),
    "be": _words("і ў на не што з да за для гэта як пра яго быў пасля"),
}
_BULGARIAN = re.compile(r"(?:ът|ията|ите|ото)\b|ъ(?=[бвгджзклмнпрстфхцчшщ])")


def _by_words(text: str, lists: dict[str, frozenset[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word in _LATIN_WORD.findall(text.lower()):
        for name, words in lists.items():
            if word in words:
                counts[name] += 1
    return counts


def _arabic_script(sample: str) -> str:
    """Which language in Arabic letters: letters of its own count more than small words."""
    letters = len(_SCRIPTS["arabic"].findall(sample))
    counts = _by_words(sample, _ARABIC_SCRIPT_WORDS)
    for name, own in _LETTERS_ONLY_IN.items():
        share = sum(sample.count(letter) for letter in own) / letters
        if share > (0.05 if name == "fa" else 0.02):
            counts[name] += max(_ENOUGH, int(letters * share / 3))
    # Urdu, Pashto and Sorani use Persian's letters too: theirs alone decide first.
    name = max(("ckb", "ps", "ur"), key=lambda name: counts[name])
    if counts[name] >= _ENOUGH and counts[name] * 2 > counts["fa"] and counts[name] * 2 > counts["ar"]:
        return name
    return "fa" if counts["fa"] > counts["ar"] else "ar"


def _latin_script(sample: str) -> str:
    counts = _by_words(sample, _LATIN_WORDS)
    lower = sample.lower()
    for name, letters in _LATIN_LETTERS.items():
        counts[name] += sum(lower.count(letter) for letter in letters)
    for name, endings in _LATIN_ENDINGS.items():
        counts[name] += len(endings.findall(sample))
    (name, count), *_ = counts.most_common(1) or [(UNKNOWN, 0)]
    return name if count else UNKNOWN


def _cyrillic_script(sample: str) -> str:
    lower = sample.lower()
    counts = _by_words(sample, _CYRILLIC_WORDS)
    for name, letters in _CYRILLIC_LETTERS.items():
        counts[name] += 2 * sum(lower.count(letter) for letter in letters)
    counts["bg"] += 0 if counts["ru"] > counts["bg"] and any(c in lower for c in "ыэё") else 2 * len(_BULGARIAN.findall(lower))
    (name, count), *_ = counts.most_common(1) or [("ru", 0)]
    return name if count else "ru"


def _scripts(sample: str) -> Counter[str]:
    """Letters of each script, in letters' worth."""
    return Counter({name: _WEIGHT.get(name, 1) * len(letters.findall(sample)) for name, letters in _SCRIPTS.items()})


def _guess(sample: str, counts: Counter[str]) -> str:
    """ar, fa, ur, ps, ckb; en and its neighbours; ru and its; zh, ja, ko, he, el; `und`."""
    eastern = counts["chinese"] + counts["kana"] + counts["hangul"]
    if eastern and eastern >= max(counts["latin"], counts["arabic"], counts["cyrillic"]):
        if counts["hangul"] > counts["kana"] and counts["hangul"] > _KANA_SHARE * eastern:
            return "ko"
        return "ja" if counts["kana"] > _KANA_SHARE * eastern else "zh"
    script, count = counts.most_common(1)[0]
    if not count:
        return UNKNOWN
    by_script = {"arabic": _arabic_script, "latin": _latin_script, "cyrillic": _cyrillic_script}
    return by_script[script](sample) if script in by_script else {"hebrew": "he", "greek": "el"}[script]


def _contradicts(name: str, text: str) -> bool:
    """Whether the text is plainly in another script than this language."""
    written = _WRITTEN.get(name)
    if written is None:
        return False
    glance = text[:_GLANCE]
    if name in _BY_LETTERS:
        own = sum(map(len, _RUNS[_BY_LETTERS[name]].findall(glance)))
        if own * _PLAINLY > len(glance):
            return False  # even if all the rest were letters of other scripts
    counts = _scripts(glance)
    total = counts.total()
    if name == "zh":
        return counts["kana"] > _KANA_SHARE * total or _others(counts, written) >= max(_SURE_LETTERS, _SURE_SHARE * total)
    return _others(counts, written) >= max(_SURE_LETTERS, _SURE_SHARE * total)


def _others(counts: Counter[str], written: frozenset[str]) -> int:
    return sum(count for script, count in counts.items() if script not in written)


def language(article_language: str | None, text: str) -> str:
    """The primary BCP 47 subtag, lower case, two letters where there are two: the wire's word, or else a guess from `text`.

    The wire's word gives way where the text is plainly in another script.
    """
    stated = _PRIMARY.match(article_language.strip()) if article_language else None
    if stated is not None and stated.group().lower() != UNKNOWN:
        name = stated.group().lower()
        name = _LONG_NAMES.get(name, name)
        if not _contradicts(name, text):
            return name
    sample = text[:SAMPLE]
    return _guess(sample, _scripts(sample))

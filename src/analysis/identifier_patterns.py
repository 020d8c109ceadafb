"""What identifiers look like when they are written to a pattern: numbers, links, addresses, dates, posts.

Names are found in `russian_names`, numbers that only check digits tell apart in `personal_numbers`; `identifiers` puts all together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.personal_numbers import NUMBER, number_kind

_GAP = r"[\s().–—-]{0,3}"
_NAME = r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁа-яё]+)*"
_INITIAL = r"[А-ЯЁ]\."
_NUMERAL = (
    r"(?:плюс|ноль|один|одна|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять|"
    r"(?:один|две|три|четыр|пят|шест|сем|восем|девят)надцать|двадцать|тридцать|сорок|"
    r"пятьдесят|шестьдесят|семьдесят|восемьдесят|девяносто|сто|двести|триста|четыреста|"
    r"(?:пят|шест|сем|восем|девят)ьсот)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = (
    r"(?:январ|феврал|март|апрел|ма(?=[яйею])|июн|июл|август|сентябр|октябр|ноябр|декабр)[а-я]{0,2}"
)
_ENGLISH_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
# Days that everybody means when nothing else is said: school year, public holidays, New Year's Eve.
_HOLIDAY = (
    r"(?:(?:1|первого) (?:сентября|июня|января|мая)|(?:8|восьмого) марта|(?:9|девятого) мая|"
    r"(?:23|двадцать третьего|третьего) февраля|(?:31|тридцать первого|первого) декабря|"
    r"(?:7|седьмого) января|(?:12|двенадцатого) июня|(?:4|четвёртого) ноября)"
)
_STREET = (
    r"(?i:ул\.?(?!\w)|улиц[аеуы]\w?|просп\.|пр-т\w{0,2}|проспект\w{0,2}|шоссе|ш\.|пер\.|переул\w{2,4}|"
    r"бульвар\w{0,2}|б-р\w?|наб\.|набережн\w{2}|площад\w{1,2}|пл\.|проезд\w{0,2}|пр-д\w?|"
    r"тупик\w{0,2}|алле[яеиюй]\w?|мкр\.?|микрорайон\w{0,2})"
)
_STREET_NAME = rf"(?:\d+-?[а-яё]{{0,3}}\s+)?«?{_NAME}(?:\s+{_NAME})?»?"
_ADJECTIVE = r"[А-ЯЁ][а-яё]+(?:ая|ой|ую|ий|ый|ом|ем|ому|ему|ого|его|ое|ее)"
_HOUSE = (
    r"(?i:(?:д\.|дом[еу]?|дом[а] №|кв\.|квартир[аеуы]|корп\.|корпус[еа]?|стр\.(?=\s*\d+[,.]?\s*(?:кв|под))|"
    r"подъезд[еа]?)\s*(?:№\s*)?\d+(?:\s?[а-я](?!\w))?(?:/\d+)?)"
)
_INSTITUTION = (
    r"(?i:школ\w*|детск\w+\s+(?:сад|дом|поликлиник|больниц)\w*|детсад\w*|садик\w*|сад\w?|поликлиник\w*|"
    r"больниц\w*|гимнази\w*|лице[йяюе]\w*|интернат\w*|школ\w+-интернат\w*|роддом\w*|приют\w*|центр\w*|"
    r"ЦССВ|ЦСПСиД|ТЦСО|ГБУ|КДН|ОВД|отдел\w*|отделени\w*|район\w*|участ\w+|филиал\w*|колони\w+|"
    r"общежити\w*|лагер\w*|фонд\w*|санатори\w*|колледж\w*|диспансер\w*)"
)
_POST = (
    r"(?:супервизор|психолог|куратор|юрист|врач|логопед|директор|заведующ|руководител|педагог|"
    r"дефектолог|нарколог|психиатр|методист|начальни|воспитател|специалист|соцработник|сотрудни|"
    r"инспектор|участков|медиатор|координатор)\w*"
)

PATTERNS: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (kind, re.compile(pattern), why)
    for kind, pattern, why in (
        (
            "e-mail",
            r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
            "an e-mail address leads to one person",
        ),
        (
            "e-mail",
            r"(?i:(?<![\w.])[\w.]+\s+(?:собака|at)\s+(?:mail|yandex|gmail|bk|list|inbox|rambler|мэйл|мейл|яндекс|"
            r"джимейл|рамблер)\w*(?:\s*(?:\.|точка|dot)\s*\w+)?)",
            "an e-mail address read aloud leads to one person",
        ),
        (
            "handle",
            r"(?i:(?:https?://)?(?:www\.|m\.)?(?:t\.me|telegram\.me|vk\.com|vk\.me|wa\.me|ok\.ru|"
            r"instagram\.com)/[\w./+?=&-]*\w)",
            "a page in a social network leads to one person",
        ),
        ("handle", r"(?<![\w.])@[A-Za-z]\w{2,}", "a user name leads to one person"),
        ("handle", r"(?<!\w)id\d{5,}", "a number in a social network leads to one person"),
        (
            "handle",
            r"(?i:(?:ник|никнейм|логин|юзернейм|скайп|телеграм\w*|телег[аеу]|инст\w{1,7}|вк|вконтакте)\s*[:—–-]?\s*"
            r"(?-i:[A-Za-z])[\w.]{3,})",
            "a user name leads to one person",
        ),
        (
            "link",
            r"(?i:(?:https?://|www\.)[^\s»\"<>]+)",
            "a link leads to a place where people are named",
        ),
        (
            "link",
            r"(?i:(?<![\w@.])[\w-]+(?:\.[\w-]+)*\.(?:ru|com|org|net|рф|su|info|moscow)(?!\w)(?:/[^\s»\"<>]*)?)",
            "a link leads to a place where people are named",
        ),
        (
            "phone",
            rf"(?<![\d.,])(?:\+?7|8){_GAP}(?:\d{_GAP}){{9}}\d(?!\d)",
            "eleven digits from +7 or 8 are a telephone number",
        ),
        (
            "phone",
            r"(?<![\d.,-])\(?[3489]\d{2}\)?[\s-]{1,2}\d{3}[\s-]?\d{2}[\s-]?\d{2}(?![\d-])",
            "ten digits with an area code are a telephone number",
        ),
        (
            "phone",
            r"(?<![\d-])\d{3}-\d{2}-\d{2}(?![\d-])",
            "seven digits in threes and twos are a telephone number",
        ),
        (
            "phone",
            r"(?i:(?:тел\.|телефон\w*|звон\w+)\D{0,12}?(\d[\d\s-]{4,}\d))",
            "digits after the word telephone are a telephone number",
        ),
        (
            "phone",
            rf"(?i:(?<!\w){_NUMERAL}(?:[\s,–-]+{_NUMERAL}){{6,}}(?!\w))",
            "a long row of numerals reads like a dictated telephone number",
        ),
        (
            "passport",
            r"(?i:(?:паспорт\w*|сери[яию])\D{0,15}\d{2}\s?\d{2}\D{0,10}\d{6}|паспорт\w*\D{0,15}\d{4,})",
            "series and number of a passport",
        ),
        (
            "birth certificate",
            r"(?<!\w)[IVXLC1-9]{1,5}\s?-\s?[А-ЯЁ]{2}\s*(?:№\s*)?\d{6}(?!\d)",
            "series and number of a birth certificate",
        ),
        (
            "case number",
            r"(?i:(?:дел[оау]|протокол\w*|постановлени\w*|договор\w*|заявлени\w*|карт[аыуе])\s*№\s*(\d[\d/.-]{2,}))",
            "the number of a case or a document leads to its file",
        ),
        (
            "car plate",
            r"(?<!\w)[АВЕКМНОРСТУХABEKMHOPCTYX]\s?\d{3}\s?[АВЕКМНОРСТУХABEKMHOPCTYX]{2}\s?\d{2,3}(?!\w)"
            r"|(?<!\w)(?i:[АВЕКМНОРСТУХABEKMHOPCTYX]\d{3}[АВЕКМНОРСТУХABEKMHOPCTYX]{2}\d{2,3})(?!\w)",
            "a car's number plate leads to its owner",
        ),
        (
            "date",
            rf"(?<![\d.]){_DAY}[./-]\s?(?:0?[1-9]|1[0-2])[./-]\s?(?:(?:19|20)\d\d|\d\d)(?!\d)"
            r"|(?<!\d)(?:19|20)\d\d[./-](?:0[1-9]|1[0-2])[./-](?:0[1-9]|[12]\d|3[01])(?!\d)",
            "an exact date can be looked up in the records",
        ),
        (
            "date",
            rf"(?i:(?<![\d\w])(?!{_HOLIDAY}(?!\s+\d{{4}}))(?:{_DAY}(?:-?го|-?е)?|[а-яё]+(?:ого|ьего))\s+{_MONTH}(?!\w)"
            r"(?:\s+\d{4}(?:\s*г(?:ода?|\.)?)?)?)",
            "an exact date can be looked up in the records",
        ),
        (
            "date",
            rf"(?<!\w)(?:{_DAY}(?:st|nd|rd|th)?\s+{_ENGLISH_MONTH}|{_ENGLISH_MONTH}\s+{_DAY}(?:st|nd|rd|th)?)(?!\w)(?:,?\s+\d{{4}})?",
            "an exact date can be looked up in the records",
        ),
        (
            "age",
            r"(?i:(?<!\d)\d{1,2}\s+(?:лет|год\w{0,2})\s+(?:и\s+)?\d{1,2}\s+месяц\w*)",
            "an age to the month singles out a child",
        ),
        (
            "age",
            r"(?i:(?:ему|ей|сыну|дочери|дочке|мальчику|девочке|реб[её]нку|младшему|младшей|старшему|старшей)\s+"
            r"(?:было\s+|тогда\s+|сейчас\s+)?\w+\s+(?:лет|год\w{0,2})\s+(?:и\s+)?\w+\s+месяц\w*)",
            "an age to the month singles out a child",
        ),
        (
            "age",
            r"(?i:(?<!\d)(?:19|20)\d\d(?:-?го)?\s*(?:г\.?\s?р\.?(?!\w)|года?\s+рождения)|родил\w+\s+в\s+(?:19|20)\d\d|"
            r"в\s+(?:19|20)\d\d(?:-?м)?(?:\s+году)?\s+родил\w+)",
            "a year of birth singles out a person in a small centre",
        ),
        (
            "unique post",
            rf"(?i:единственн\w+\s+(?:[а-яё]+\s+){{0,2}}?{_POST}|единственн\w+\s+на\s+(?:весь|всю)|"
            rf"(?:один|одна)\s+(?:[а-яё]+\s+){{0,2}}?на\s+(?:весь|всю|целый|целую)\s+"
            rf"(?:район|округ|город|област|управ|центр|посёлок|поселок)\w*|"
            rf"(?<!\w)the\s+only\s+(?:\w+\s+){{0,2}}?(?:supervisor|psychologist|curator|lawyer|doctor|director|"
            rf"head|specialist|social\s+worker))",
            "there is one such person only, whatever the name",
        ),
        (
            "address",
            rf"(?<!\w)(?:{_STREET}\s+{_STREET_NAME}|(?:\d+-?[а-яё]{{0,3}}\s+)?{_ADJECTIVE}\s+{_STREET})"
            rf"(?:[,\s]+{_HOUSE})*(?:,\s*\d+[а-я]?(?!\w))?|(?<!\w){_HOUSE}(?:[,\s]+{_HOUSE})*|"
            rf"(?<!\w)(?i:микрорайон\w*|квартал\w*)\s+(?:№\s*)?\d+",
            "an address leads to one household",
        ),
        (
            "institution",
            rf"(?<!\w){_INSTITUTION}(?:\s+[а-яё]+){{0,3}}\s*(?:№|N|номер)\s*\d+",
            "a numbered institution is one place",
        ),
        (
            "institution",
            r"(?<!\w)(?i:(?:школ[аеуы]|школой|сад\w{0,2}|садик\w{0,2})\s+\d{3,4}|(?:поликлиник\w{1,2}|"
            r"гимнази\w{1,2}|лице[йяюе]\w?|роддом\w{0,2}|интернат\w{0,2}|больниц\w{1,2})\s+\d{1,4})"
            r"(?!\d|\s+(?:дет|учен|чел|школьн|сем|руб|лет|мест|год|раз|дн|ден|недел|месяц|врач|кой|сут|час))",
            "a numbered institution is one place",
        ),
        (
            "institution",
            rf"(?<!\w)(?:{_INSTITUTION}|(?i:ООО|АНО|НКО|ЖК|ТЦ|кафе|завод\w*|церк\w+|храм\w*|клуб\w*|организаци\w+|"
            r"клиник\w*|магазин\w*))\s+(?:[а-яё]+\s+){0,2}?[«\"][А-ЯЁA-Z][^»\"]{1,60}[»\"]",
            "an institution called by its name is one place",
        ),
        (
            "place",
            rf"(?<!\w)(?:(?<!\d)(?<!\d\s)г\.|(?i:город\w{{0,2}}|дер\.|деревн\w{{1,2}}|сел[оеау]|селом|пос\.|пос[её]л\w{{2,3}}|"
            rf"пгт\.?|станиц\w{{1,2}}|хутор\w{{0,2}}|аул\w{{0,2}}|СНТ|метро|станци[яию]|район\w{{0,2}}|м\.))\s+«?{_NAME}»?",
            "a named settlement, district or station narrows the search to a few families",
        ),
        (
            "place",
            r"(?<!\w)[А-ЯЁ][а-яё-]+(?:ский|ского|ском|скому|ским|ская|ской|скую|ское|цкий|цкого|цком|цкому|ный|ного|ном|ная|ной|ную)"
            r"\s+(?:район|округ|област|кра[йяею]|уезд|р-н|АО|сельсовет|поселени|волост|управ)\w*",
            "a named district narrows the search to a few families",
        ),
        (
            "initials",
            rf"(?<![\w.]){_INITIAL}\s?{_INITIAL}\s?{_NAME}|{_NAME}\s+{_INITIAL}\s?{_INITIAL}(?!\s?[А-ЯЁ][а-яё])|"
            rf"(?<![\w.]){_INITIAL}\s?{_INITIAL}",
            "initials together with the centre are enough to know a colleague",
        ),
    )
)


def pattern_spans(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Start, end (exclusive), kind and reason of everything written to a pattern; they may overlap."""
    for kind, pattern, why in PATTERNS:
        for match in pattern.finditer(text):
            yield *match.span(match.lastindex or 0), kind, why
    for match in NUMBER.finditer(text):
        said = text[max(0, match.start() - 30) : match.start()]
        yield match.start(), match.end(), *number_kind(match[0], said)

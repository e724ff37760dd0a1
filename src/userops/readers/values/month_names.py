"""Dates that name their month, and hours without minutes, written over in digits: `2017-02-11 10:30`."""

from __future__ import annotations

import polars as pl

from userops.datasets.fields import names

# Which month, in English, French, German, Spanish, Portuguese, Italian, Dutch, Indonesian, Russian
# and Chinese; no two languages mean different months by one name.
_MONTHS = {
    1: "january,jan,janvier,janv,januar,jänner,jän,enero,ene,janeiro,gennaio,gen,januari,января,янв,1月",
    2: "february,feb,février,fevrier,févr,fevr,fév,februar,febrero,fevereiro,fev,febbraio,februari,"
    "февраля,фев,2月",
    3: "march,mar,mars,märz,maerz,mär,mrz,marzo,março,marco,maart,mrt,maret,марта,мар,3月",
    4: "april,apr,avril,avr,abril,abr,aprile,апреля,апр,4月",
    5: "may,mai,mayo,maio,maggio,mag,mei,мая,май,5月",
    6: "june,jun,juin,juni,junio,junho,giugno,giu,июня,июн,6月",
    7: "july,jul,juillet,juil,juli,julio,julho,luglio,lug,июля,июл,7月",
    8: "august,aug,août,aout,agosto,ago,augustus,agustus,agu,ags,августа,авг,8月",
    9: "september,sep,sept,septembre,septiembre,setiembre,setembro,set,settembre,сентября,сен,сент,9月",
    10: "october,oct,octobre,oktober,okt,octubre,outubro,out,ottobre,ott,октября,окт,10月",
    11: "november,nov,novembre,noviembre,novembro,ноября,ноя,11月",
    12: "december,dec,décembre,decembre,déc,dezember,dez,diciembre,dic,dezembro,dicembre,desember,des,"
    "декабря,дек,12月",
}
_NUMBERS = {name: number for number, listed in _MONTHS.items() for name in names(listed)}
_MONTH = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_WEEKDAY = r"^(?:\p{L}{2,12}\.?,?\s+)?"
_OF = r"(?:(?:de|del|di|of|d')\s*)?"
_YEAR = r"(?P<y>\d{4}|\d{2})(?:\s*г\.?)?(?P<rest>|[^\d:].*)$"
_BETWEEN = r"[\s\-/.,]*"
# As people and systems order them: day, month, year; month, day, year; year, month, day; and C's
# own, with the time before the year.
DAY_MONTH = (
    rf"(?i){_WEEKDAY}(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?[\s\-/.]*{_OF}(?P<m>{_MONTH})\.?"
    rf"{_BETWEEN}{_OF}{_YEAR}"
)
MONTH_DAY = (
    rf"(?i){_WEEKDAY}(?P<m>{_MONTH})\.?[\s\-/.]*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s\-/.,]+{_YEAR}"
)
_YEAR_MONTH = (
    rf"(?i)^(?P<y>\d{{4}}){_BETWEEN}(?P<m>{_MONTH})\.?[\s\-/.]*(?P<d>\d{{1,2}})(?P<rest>|[^\d].*)$"
)
_CTIME = (
    rf"(?i){_WEEKDAY}(?P<m>{_MONTH})\s+(?P<d>\d{{1,2}})\s+"
    r"(?P<rest>\d{1,2}:\d{2}(?::\d{2})?(?:\s*[+-]\d{2}:?\d{2})?)\s+(?P<y>\d{4})$"
)
_HOUR = (
    r"^(\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}),?)"
    r"[T\s]+(\d{1,2})(?:\s*(?:h|hrs|Uhr|时|時|点))?(\s*[AaPp][Mm])?$"
)
# Years of two digits are 1969 to 2068, as strptime has it.
_CENTURY = 69


def in_digits(text: pl.Expr) -> pl.Expr:
    """A text with its month's name as a number, or its hour with minutes; null for any other."""
    spelled = [_respelled(text.str.extract_groups(one)) for one in
               (DAY_MONTH, MONTH_DAY, _YEAR_MONTH, _CTIME)]  # fmt: skip
    hour = pl.when(text.str.contains(_HOUR)).then(text.str.replace(_HOUR, "$1 $2:00$3"))
    return pl.coalesce(*spelled, hour)


def is_short(text: pl.Expr, pattern: str) -> pl.Expr:
    """Whether a text is of that form, its year of two digits."""
    year = text.str.extract_groups(pattern).struct.field("y")
    return (year.str.len_chars() == 2).fill_null(False)


def _respelled(groups: pl.Expr) -> pl.Expr:
    """The parts of a date as year, month and day, and what of the clock stands behind."""
    parts = groups.struct
    month = parts.field("m").str.to_lowercase().replace_strict(_NUMBERS, default=None)
    year = parts.field("y").cast(pl.Int32, strict=False)
    short = parts.field("y").str.len_chars() == 2
    year = pl.when(~short).then(year).when(year < _CENTURY).then(year + 2000).otherwise(year + 1900)
    # Of what stands behind: a zone's name, what separates, and how languages say "o'clock".
    clock = (
        parts.field("rest")
        .str.replace(r"\s*\([^)]*\)$", "")
        .str.replace(r"(?:GMT|UTC)\s*([+-]\d{2}:?\d{2})$", "$1")
        .str.replace(r"^[\s,]*(?:(?i:at|um|à|a las|às|alle|om|kl\.?)\s+)?", "")
        .str.replace(r"(?i)\s*(?:Uhr|hrs)$", "")
        .str.replace(r"(?i)\s*a\.?\s?m\.?$", " am")
        .str.replace(r"(?i)\s*p\.?\s?m\.?$", " pm")
    )
    return pl.format(
        "{}-{}-{} {}", year, month, parts.field("d").cast(pl.Int32, strict=False), clock
    ).str.strip_chars()

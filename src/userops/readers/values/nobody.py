"""What stands for a user where there is none: guests, walk-in customers, placeholders of systems."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from userops.datasets.fields import names

if TYPE_CHECKING:
    import polars as pl

# What the user says of a word that stands here and is a user nevertheless.
USER = "=user"
# As long a row of zeros is still nobody's.
_ZEROS = 20
_WORDS = (
    *("0" * digits for digits in range(1, _ZEROS + 1)),
    "00000000-0000-0000-0000-000000000000",
    *names(
        # English, and what shop systems write
        "-1,na,n.a.,n/a,null,none,nil,nobody,no one,not set,(not set),not available,not provided,"
        "not logged in,not applicable,empty,blank,unknown,unknown user,unknown customer,undefined,"
        "unregistered,unregistered user,unassigned,unidentified,anonymous,anonymous user,"
        "anonymous customer,anon,guest,guests,guest user,guest customer,guest checkout,guest order,"
        "walk-in,walk in,walkin,walk-ins,walk-in customer,walk in customer,walk-in client,"
        "cash customer,cash sale,cash sales,counter sale,counter sales,over the counter,"
        "pos customer,retail customer,default customer,general customer,casual customer,no customer,"
        "no user,customer not found,"
        # Chinese, Japanese, Korean
        "散客,匿名,匿名用户,匿名买家,匿名客户,游客,访客,未知,未知用户,未知客户,未登录,未登录用户,未注册,"
        "未注册用户,非会员,临时客户,零售客户,普通散客,门店散客,现金客户,过路客,路人,无,无名,无名氏,空,默认客户,"
        "訪客,遊客,非會員,未登入,未註冊,"
        "ゲスト,匿名ユーザー,非会員,未登録,未ログイン,名無し,不明,一般客,"
        "비회원,손님,게스트,익명,미등록,알수없음,알 수 없음,"
        # French, German, Spanish, Portuguese, Italian, Dutch
        "invité,invite,anonyme,client anonyme,client de passage,client divers,client comptoir,inconnu,"
        "gast,gäste,gastkunde,gastbestellung,laufkunde,laufkundschaft,barverkauf,barkunde,anonym,"
        "anonymer kunde,unbekannt,diverse kunden,"
        "invitado,anónimo,anonimo,cliente anónimo,cliente general,cliente mostrador,cliente de mostrador,"
        "cliente ocasional,consumidor final,público general,publico general,público en general,"
        "publico en general,desconocido,sin cliente,sin nombre,"
        "convidado,anônimo,visitante,cliente avulso,cliente padrão,cliente balcão,consumidor,"
        "consumidor não identificado,desconhecido,sem cadastro,"
        "ospite,cliente generico,cliente occasionale,sconosciuto,anoniem,onbekend,passant,gastklant,"
        # Indonesian, Vietnamese, Thai, Russian, Turkish, Polish
        "tamu,anonim,pelanggan umum,pelanggan tamu,tidak diketahui,"
        "khách lẻ,khách vãng lai,khách lạ,ẩn danh,không xác định,"
        "ลูกค้าทั่วไป,ผู้เยี่ยมชม,ไม่ระบุ,ไม่ระบุชื่อ,"
        "гость,аноним,неизвестно,розничный покупатель,частное лицо,misafir,gość,klient detaliczny"
    ),
)


@dataclass(frozen=True, slots=True)
class Nobody:
    """`words`, lower case, are nobody however they're spelled; `ids` as they are."""

    words: frozenset[str]
    ids: frozenset[str] = field(default_factory=frozenset)

    def beside(self, ids: Iterable[str]) -> Nobody:
        """The same, and some ids."""
        return replace(self, ids=self.ids | frozenset(ids))

    def but(self, word: str) -> Nobody:
        """The same, a word left out that is somebody."""
        return replace(self, words=self.words - {word})

    def is_it(self, user: pl.Expr) -> pl.Expr:
        """Whether ids, cleaned, are nobody's; null for none."""
        it: pl.Expr = user.str.to_lowercase().is_in(sorted(self.words))
        return it | user.is_in(sorted(self.ids)) if self.ids else it

    @property
    def pattern(self) -> str:
        """A pattern for the ids that are nobody's, and maybe for others."""
        listed = "|".join(re.escape(word) for word in sorted(self.words | self.ids))
        return rf"^(?i:{listed})$"


@cache
def nobody(said: Collection[str] = ()) -> Nobody:
    """What is nobody: the words known by themselves, and what the user says.

    Args:
        said: words or ids in a tuple; `WORD=user` takes one out.
    """
    lower = [word.strip().casefold() for word in said]
    users = {word.removesuffix(USER).strip() for word in lower if word.endswith(USER)}
    more = {word for word in lower if not word.endswith(USER)} - {""}
    return Nobody(frozenset((set(_WORDS) | more) - users))
